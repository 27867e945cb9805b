"""Seed files: read whole, or refused with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.errors import InvalidInput, Refused
from agent.sandbox.seed import Seed, SeedTenant, default_seed, load_seed
from tests.support.sandbox import practice_cloud

GOOD = """
[[tenants]]
id = "t1"
subdomain = "shop"
keys = [{ key = "k", revoked = true }, { key = "k2" }]
outlets = [{ id = "o1", name = "One", timezone = "Asia/Singapore" }]
members = [{ codes = ["C"], batches = [{ points = 3, expires_at = 2099-01-01T00:00:00Z }] }]
products = [{ itemCode = "A", name = "Kopi", basePrice = 1.80, modifierGroups = [{ options = "?" }] }]
modes = { menu_read = true }
"""


async def test_a_seed_file_is_what_the_cloud_starts_with(tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(GOOD)
    async with practice_cloud(seed=load_seed(path)) as cloud:
        await cloud.error(401, "GET", "/api/v1/products/A", key="k")
        assert (await cloud.ok("GET", "/api/v1/products/A", key="k2"))["basePrice"] == 1.8
        assert (await cloud.ok("GET", "/api/v1/outlets", key="k2"))["outlets"][0]["timezone"] == "Asia/Singapore"
        state = await cloud.control.state()
        assert (state["members"][0]["balance"], state["modes"]["menu_read"]) == (3, True)
        snooze = {"items": [{"itemCode": "A", "snoozeEnd": "2099-01-01T00:00:00Z"}]}
        assert (await cloud.ok("POST", "/api/v1/outlets/o1/items/snooze", snooze, key="k2"))["itemsUpdated"] == 1


async def test_a_tenant_without_outlets_takes_no_orders() -> None:
    async with practice_cloud(seed=Seed(tenants=(SeedTenant(id="t", subdomain="s"),))) as cloud:
        with pytest.raises(Refused) as problem:
            await cloud.control.place_order()
        assert problem.value.status == 404


def test_json_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text('{"tenants":[{"id":"t","subdomain":"s"}]}')
    assert load_seed(path).tenants[0].subdomain == "s"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tenants = []", "does not fit at tenants"),
        ("tenants = [", "not well formed"),
        (GOOD.replace("subdomain", "subdomian"), r"tenants\.0\.subdom"),
        (GOOD.replace("points = 3", "points = 0"), r"tenants\.0\.members\.0\.batches\.0\.points"),
    ],
)
def test_a_wrong_seed_is_refused_with_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=sentence) as problem:
        load_seed(path)
    assert problem.value.reason == "invalid_seed"


def test_a_missing_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_seed(tmp_path / "none.toml")


def test_the_default_seed_has_the_advertised_names() -> None:
    tenant = default_seed().tenants[0]
    assert (tenant.subdomain, tenant.keys[0].key, tenant.outlets[0].name) == ("kopikita", "ck_test_sandbox", "Toa Payoh Lor 4")
    assert len(tenant.members) == 5
    assert tenant.products == ()
