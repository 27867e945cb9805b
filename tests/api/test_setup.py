"""Set-up over the till API: secrets go in and never come out, and a manager's PIN stands before every change."""

from __future__ import annotations

import json

from tests.api.conftest import Served

KEY = "ck_test_" + "s" * 24
CHANGE = {"settings": {"outlet.name": "Kopi"}, "secrets": {"api-key": KEY}}


async def test_settings_and_secrets_are_written_in_one_step_and_audited_by_name(served: Served) -> None:
    answer = await served.screen.post(
        "/v1/setup", {**CHANGE, "devices": [{"name": "front", "driver": "tcp", "options": {"port": 1}}]}
    )
    assert (answer.status, answer.json) == (200, {"changed": ["outlet.name", "devices", "api-key"]})
    settings, secrets = served.till.changes[0]
    assert settings == {"outlet.name": "Kopi", "devices": [{"name": "front", "driver": "tcp", "port": 1}]}
    assert secrets == {"api-key": KEY}
    assert KEY not in str(served.till.audited)


async def test_a_change_needs_the_managers_pin_where_there_is_one(served: Served) -> None:
    served.till.pin = "2468"
    assert (await served.screen.post("/v1/setup", CHANGE)).reason == "pin_required"
    assert served.till.changes == []
    assert (await served.screen.post("/v1/setup", {**CHANGE, "pin": "2468"})).status == 200
    assert (await served.screen.get("/v1/setup")).json["pin_set"] is True


async def test_the_stored_secret_of_a_pos_is_not_used_without_the_pin(served: Served) -> None:
    served.till.pin = "2468"
    body = {"device": {"name": "pos", "driver": "square"}}
    for without in (body, {**body, "secret": ""}):
        assert (await served.screen.post("/v1/setup/outlets", without)).reason == "pin_required"
    assert (await served.screen.post("/v1/setup/outlets", {**body, "secret": "own"})).json == {
        "outlets": [{"id": "pos", "name": "own"}]
    }


async def test_what_was_written_on_this_computer_is_taken_up_and_audited_by_name(served: Served) -> None:
    assert (await served.screen.post("/v1/setup/take-up")).json == {"changed": ["outlet.till"]}
    assert served.till.audited == [("screen", "settings taken up", "outlet.till", "")]
    assert (await served.pos.post("/v1/setup/take-up")).reason == "scope"


async def test_a_cloud_is_tried_and_the_key_does_not_come_back(served: Served) -> None:
    answer = await served.screen.post("/v1/setup/cloud", {"base_url": "https://cata.example"})
    assert answer.json == {"name": "cata https://cata.example", "expires_at": None}
    assert served.till.writes == 0


async def test_what_is_shown_has_names_of_secrets_only(served: Served) -> None:
    seen = (await served.screen.get("/v1/setup")).json
    assert (seen["secrets"], seen["weak_store"], seen["pin_set"]) == (["api-key"], True, False)
    assert json.loads(json.dumps((await served.screen.get("/v1/setup/drivers")).json))["drivers"][0]["kind"] == "tcp-scanner"


async def test_a_change_that_is_no_setting_is_refused_by_its_form(served: Served) -> None:
    bodies: list[dict[str, object]] = [{"settings": {"Outlet Name": 1}}, {"secrets": {"api-key": 5}}, {"device": []}]
    for body in bodies:
        assert (await served.screen.post("/v1/setup", body)).status == 422
    assert served.till.changes == []


async def test_a_scanner_says_since_when_it_reads_worse(served: Served) -> None:
    seen = (await served.screen.get("/v1/devices/front/quality")).json
    assert (seen["times"], seen["since"], seen["days"][0]["misreads"]) == (5.0, "2026-11-22", 10)
    assert seen["suggest"] == {"layout": "de"}


async def test_the_menu_is_held_against_the_pos_and_nothing_is_changed(served: Served) -> None:
    seen = (await served.screen.post("/v1/menu/preflight")).json
    assert (seen["findings"][0]["reason"], seen["findings"][0]["name"], served.till.writes) == ("item_missing", "Laksa", 0)


async def test_a_scanner_is_learnt_and_what_it_came_to_is_told(served: Served) -> None:
    begun = (await served.screen.post("/v1/devices/front/lesson")).json
    assert (begun["state"], begun["count"], begun["profile"], begun["options"]) == ("opening", 0, None, {})
    seen = (await served.screen.get("/v1/devices/front/lesson")).json
    assert (seen["state"], seen["numbers"], seen["options"]) == ("learnt", [1], {"layout": "de"})
    assert (seen["profile"]["layout"], seen["profile"]["ending"], seen["profile"]["line"]) == ("de", "cr", None)
    assert (await served.screen.post("/v1/devices/front/lesson/end")).status == 200
    assert served.till.writes == 0
