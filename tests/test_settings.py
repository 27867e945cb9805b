"""config.toml: defaults, the file, the environment, and every mistake named in plain words."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.errors import InvalidInput, NotSaved
from agent.core.money import Money
from agent.paths import Home
from agent.settings import DeviceSettings, Settings, check, load
from agent.settings_file import save, update
from agent.wiring import rules

FILE = """\
# the shop's own words
[outlet]
name = "Kopi Kita"  # painted on the door
register = true

[loyalty]
points_per_unit = 1.1

[[devices]]
name = "front-scanner"
driver = "serial-scanner"
port = "/dev/ttyUSB0"
repeat_window_s = 1.5
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "config.toml").write_text(FILE)
    return Home(tmp_path)


def refusal(home: Home, text: str = "", env: dict[str, str] | None = None) -> InvalidInput:
    if text:
        home.config.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load(home, env or {})
    return caught.value


def test_defaults_are_those_of_the_manual(tmp_path: Path) -> None:
    settings = load(Home(tmp_path), {})
    assert settings == Settings()
    assert (settings.outlet.till, settings.outlet.timezone, settings.outlet.business_day_ends) == (
        "till-1",
        "Asia/Singapore",
        time(4),
    )
    assert (settings.cloud.timeout_s, settings.cloud.quirks.lookup_path) == (10.0, "/api/v1/loyalty/customer")
    assert (settings.loyalty.points_per_unit, settings.loyalty.offline_burn) == (Decimal(1), "deny")
    assert (settings.sender.backoff_cap_s, settings.webhook.listen, settings.till_api.listen) == (
        300.0,
        "127.0.0.1:8724",
        "127.0.0.1:8723",
    )
    assert (settings.menu.interval_s, settings.sales.claimable_min, settings.orders.print_to) == (900.0, 60, None)
    assert str(settings.outlet.zone) == "Asia/Singapore"


def test_the_file_is_read_exactly(home: Home) -> None:
    settings = load(home, {})
    assert settings.outlet.register_at_cloud
    assert settings.loyalty.points_per_unit == Decimal("1.1")
    device = settings.devices[0]
    assert (device.name, device.driver) == ("front-scanner", "serial-scanner")
    assert device.options == {"port": "/dev/ttyUSB0", "repeat_window_s": 1.5}


def test_the_environment_wins_and_is_typed(home: Home) -> None:
    env = {
        "CATA_BRIDGE_CLOUD__TIMEOUT_S": "3",
        "CATA_BRIDGE_CLOUD__QUIRKS__LOOKUP_PATH": "/x",
        "CATA_BRIDGE_OUTLET__REGISTER": "false",
        "CATA_BRIDGE_ORDERS__AUTO_ACCEPT": "true",
        "CATA_BRIDGE_ORDERS__PRINT_TO": "",
        "CATA_BRIDGE_TILL_API__ALLOWED_ORIGINS": "http://a.test, http://b.test",
        "CATA_BRIDGE_SCAN__URL_HOSTS": '["a.test"]',
        "CATA_BRIDGE_HOME": "/elsewhere",
        "CATA_BRIDGE_SECRET_DEVICE__X": "s",
        "OTHER__THING": "1",
    }
    settings = load(home, env)
    assert (settings.cloud.timeout_s, settings.cloud.quirks.lookup_path) == (3.0, "/x")
    assert (settings.outlet.register_at_cloud, settings.orders.auto_accept, settings.orders.print_to) == (False, True, ())
    assert settings.till_api.allowed_origins == ("http://a.test", "http://b.test")
    assert settings.scan.url_hosts == ("a.test",)


def test_an_unknown_key_is_named_with_the_nearest_known_one(home: Home) -> None:
    error = refusal(home, '[cloud.quirks]\nlokup_path = "/x"\n[clowd]\na = 1\n[menu]\nzzzzzz = 1')
    assert (error.reason, error.field) == ("unknown_setting", "cloud.quirks.lokup_path")
    assert "the nearest is cloud.quirks.lookup_path." in error.message
    assert "There is no setting clowd; the nearest is cloud." in error.message
    assert "There is no setting menu.zzzzzz." in error.message


def test_an_attribute_s_name_is_no_key(home: Home) -> None:
    assert refusal(home, "[outlet]\nregister_at_cloud = true").reason == "unknown_setting"


def test_unknown_keys_in_a_list_of_tables_are_found(home: Home) -> None:
    error = refusal(home, '[[outlet.hours]]\nday = 1\nopens = "08:00"\nclosses = "21:00"')
    assert (error.reason, error.field) == ("unknown_setting", "outlet.hours.closses")


def test_an_unknown_key_of_the_environment_is_refused_too(home: Home) -> None:
    assert refusal(home, env={"CATA_BRIDGE_CLOUD__BASE_ULR": "x"}).field == "cloud.base_ulr"
    assert refusal(home, env={"CATA_BRIDGE_A__B__C": "x"}).field == "a"
    assert refusal(home, "cloud = 5", env={"CATA_BRIDGE_CLOUD__QUIRKS__X": "x"}).reason == "invalid_setting"


def test_all_wrong_values_are_named_at_once(home: Home) -> None:
    error = refusal(home, '[cloud]\ntimeout_s = 0\nbase_url = "host"\n[outlet]\ntimezone = "Mars"')
    assert (error.reason, error.field) == ("invalid_setting", "outlet.timezone")
    for words in ("cloud.timeout_s: input should be greater than 0.", "cloud.base_url: ", "outlet.timezone: is no time zone"):
        assert words in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[menu]\nsource = "pos"', "menu.source: there is no device named 'pos'."),
        (
            '[[devices]]\nname = "k"\ndriver = "escpos-usb"\nbackup = "p"',
            "devices.k.backup: there is no device named 'p'.",
        ),
        ('[orders]\nprint_to = ["p"]', "orders.print_to: there is no device named 'p'."),
        ('[orders]\ninject_into = ["p"]', "orders.inject_into: there is no device named 'p'."),
        ('[[devices]]\nname = "a"\ndriver = "d"\n' * 2, "devices: the name 'a' is used twice."),
        ('[[devices]]\ndriver = "d"', "devices.0.name: "),
        ("devices = [1]", "devices.0: "),
        ('[scan]\nmember_pattern = "("', "is no regular expression"),
        ('[cloud.quirks]\nmember_unknown = "("', "is no regular expression"),
        ('[relay]\nnats_url = "nats://broker.test"', "relay.nats_url: "),
        ('[webhook]\nlisten = "8724"', "webhook.listen: '8724' does not have the form that is expected here."),
        ('[cloud]\nbase_url = "http://cloud.test"', "cloud.base_url: must be an https address"),
        ('[cloud]\nbase_url = "https://cloud.test/?a=b"', "cloud.base_url: must be an https address"),
    ],
)
def test_what_does_not_fit_together_is_said(home: Home, text: str, words: str) -> None:
    error = refusal(home, text)
    assert error.reason == "invalid_setting"
    assert words in error.message


def test_a_device_may_be_named_by_others(home: Home) -> None:
    home.config.write_text(FILE + '[menu]\nsource = "front-scanner"\n')
    assert load(home, {}).menu.source == "front-scanner"


@pytest.mark.parametrize("content", [b"[outlet", b"\xff\xfe", b"a = 1\na = 2", b"#" * (1024 * 1024 + 1)])
def test_a_file_that_is_no_toml_is_unreadable(home: Home, content: bytes) -> None:
    home.config.write_bytes(content)
    assert refusal(home).reason == "unreadable_settings"


def test_a_folder_in_place_of_the_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert refusal(Home(tmp_path)).reason == "unreadable_settings"


@pytest.mark.parametrize(("outlet", "count"), [("", 0), ("c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10", 0), ("shop-7", 1)])
def test_an_odd_outlet_id_is_only_warned_of(outlet: str, count: int) -> None:
    assert len(check({"outlet": {"id": outlet}}).warnings()) == count


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().cloud.timeout_s = 1  # type: ignore[misc]


@given(st.dictionaries(st.sampled_from(["outlet", "cloud", "devices", "x"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "quirks", "name"]), inner, max_size=2),
)))  # fmt: skip
def test_any_tree_is_settings_or_invalid(tree: dict[str, object]) -> None:
    try:
        check(tree)
    except InvalidInput as error:
        assert error.message.endswith(".")  # noqa: PT017


def test_an_update_keeps_what_people_wrote(home: Home) -> None:
    settings = update(home, {"cloud.base_url": "https://x.test/p", "outlet.name": "Kopi", "cloud.quirks.rotate_path": "rotate"})
    assert (settings.cloud.base_url, settings.outlet.name, settings.cloud.quirks.rotate_path) == (
        "https://x.test/p",
        "Kopi",
        "rotate",
    )
    text = home.config.read_text()
    assert "# the shop's own words" in text
    assert "# painted on the door" in text
    assert load(home, {}) == settings
    assert home.config.stat().st_mode & 0o777 == 0o600


def test_an_update_can_remove_a_key_and_replace_the_devices(home: Home) -> None:
    devices = [DeviceSettings(name="p", driver="network-printer", options={"host": "10.0.0.9", "port": 9100})]
    settings = update(home, {"outlet.register": None, "devices": devices})
    assert not settings.outlet.register_at_cloud
    assert settings.devices == tuple(devices)
    assert update(home, {"devices": []}).devices == ()


def test_a_wrong_update_changes_nothing(home: Home) -> None:
    for changes in ({"cloud.timeout_s": -1}, {"clud.x": 1}, {"outlet.name.deep": 1}):
        with pytest.raises(InvalidInput):
            update(home, changes)
    assert home.config.read_text() == FILE


def test_save_writes_what_differs_and_reads_back_the_same(home: Home) -> None:
    tree = {"outlet": {"register": True, "business_day_ends": "05:30"}, "loyalty": {"points_per_unit": "0.1"}}
    settings = check(tree | {"devices": [{"name": "a", "driver": "d", "x": [1, {"y": 2}]}]})
    assert save(home, settings) == settings
    assert load(home, {}) == settings
    assert "timeout_s" not in home.config.read_text()
    assert '"05:30"' in home.config.read_text()


def test_save_makes_a_first_file(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    save(home, check({"outlet": {"hours": [{"day": 1, "opens": "08:00", "closes": "02:00"}]}}))
    assert load(home, {}).outlet.hours[0].closes == time(2)


def test_a_disk_that_refuses_is_said(home: Home) -> None:
    (home.root / "file").write_text("")
    with pytest.raises(NotSaved, match="settings_not_saved"):
        update(Home(home.root / "file" / "home"), {"outlet.name": "x"})


def test_an_order_can_wait_for_a_no_before_it_is_accepted() -> None:
    waiting = check({"orders": {"auto_accept": True, "auto_accept_after_s": 30, "auto_reject": True}})
    assert not rules.intake_rules(waiting).auto_accept
    assert rules.board_facts(waiting).at_deadline == "accept"
    assert rules.api_settings(waiting).accept_deadline_s == 30
    assert rules.board_facts(check({"orders": {"auto_reject": True}})).at_deadline == "reject"


def test_the_bounded_mode_needs_the_value_of_a_point_and_whole_cents(home: Home) -> None:
    bounded = '[loyalty]\noffline_burn = "bounded"\n[loyalty.offline]\n'
    assert refusal(home, bounded).field == "loyalty.offline.point_value"
    assert refusal(home, f"{bounded}point_value = 1\ndevice_cap = 10.005").field == "loyalty.offline.device_cap"
    home.config.write_text(f"{bounded}point_value = 0.5\ndevice_cap = 20\ndevices = 3")
    terms = rules.offline_terms(load(home, {}))
    assert terms is not None
    assert (terms.worst_case, terms.value_of(101)) == (Money(6_000, "SGD"), Money(51, "SGD"))
    assert rules.offline_terms(Settings()) is None
