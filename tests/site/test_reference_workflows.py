"""The reference site's five processes, each walked by the people who do: reception, manager, beautician, customer, time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

ROOT = Path(__file__).resolve().parent.parent.parent
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, ten o'clock in Shanghai
OWNER = Actor.system("test")
PEOPLE = ("manager", "second_manager", "reception", "beautician")
Fields = dict[str, Any]


class Salon:
    """The site with one person of each role, and a clock that tests turn."""

    def __init__(self, site: Site) -> None:
        self.engine: Engine = site.engine
        self.now = START
        self.engine.clock = lambda: self.now
        ids = {one.username: one.id for one in site.users.list() if one.username in PEOPLE}
        self.staff = self.create("staff", name="Mei", grade="senior", account=ids["beautician"])
        self.engine.ready()
        self.people = {name: self.person(id) for name, id in ids.items()}
        self.room = self.create("room", name="Plum")
        self.service = self.create("service", name="Peeling", category="facial", price="300.00", ask_first=["pregnancy"])
        self.customer = self.create("customer", name="Ada", mobile="138 0000 0001", reminders=True, health_consent=True)

    def person(self, id: int) -> Actor:
        found = self.engine.users.actor(id)
        assert found is not None
        return found

    def create(self, record_type: str, **fields: Any) -> int:
        return int(self.engine.create(OWNER, record_type, fields)["id"])

    def booking(self, *, hours: float = 24, **more: Any) -> int:
        start = self.now + timedelta(hours=hours)
        fields = {
            "customer": self.customer, "staff": self.staff, "room": self.room, "lines": [{"service": self.service}],
            "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat(), **more,
        }
        kept = {name: value for name, value in fields.items() if value is not None}
        return int(self.engine.create(self.people["reception"], "booking", kept)["id"])

    def run(self, who: str, record_type: str, id: int, name: str, comment: str = "", **fields: Any) -> Fields:
        return self.engine.processes.run(self.people[who], record_type, id, name, fields=fields, comment=comment)

    def state(self, record_type: str, id: int) -> Any:
        return self.engine.get(OWNER, record_type, id)["state"]

    def fields(self, record_type: str, id: int) -> Fields:
        return dict(self.engine.get(OWNER, record_type, id)["fields"])

    def later(self, **length: float) -> None:
        """Lets time pass, and what it brings about."""
        self.now += timedelta(**length)
        while self.engine.timers.run_due():
            pass

    def sent(self) -> list[str]:
        """The templates of all that was put into the outbox, oldest first, each once a channel."""
        return [one["template"] for one in reversed(self.engine.outbox.listing(OWNER, limit=200).items) if one["kind"] == "message"]

    def refused(self, act: Callable[[], Any]) -> tuple[type[KartotekError], list[str]]:
        with pytest.raises(KartotekError) as error:
            act()
        return error.type, [one.code for one in error.value.problems]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site made ready once, with its people, to be copied: hashing passwords takes long."""
    folder = tmp_path_factory.mktemp("salon")
    shutil.copy(ROOT / "site.yaml", folder)
    for name in ("schemas", "workflows"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "templates" / "messages", folder / "templates" / "messages")
    site = Site(folder)
    site.prepare(owner_password="correct horse battery", demo=False)
    for name in PEOPLE:
        site.users.add(name, "correct horse battery", roles=(name.removeprefix("second_"),))
    site.close()
    return folder


@pytest.fixture
def salon(prepared: Path, tmp_path: Path) -> Iterator[Salon]:
    site = Site(Path(shutil.copytree(prepared, tmp_path / "salon")))
    yield Salon(site)
    site.close()


def test_a_booking_goes_from_the_request_to_the_chair(salon: Salon) -> None:
    booking = salon.booking()
    salon.run("reception", "booking", booking, "confirm")
    assert salon.sent() == ["booking_confirmed"] * 2
    salon.later(minutes=1)
    assert salon.sent()[2:] == ["booking_reminder"] * 2
    assert salon.refused(lambda: salon.run("reception", "booking", booking, "arrive")) == (Conflict, ["guard"])
    salon.later(hours=23)
    salon.run("reception", "booking", booking, "arrive")
    (visit,) = salon.engine.select(OWNER, "visit", Query()).items
    assert (visit["state"], visit["fields"]["booking"]) == ("arrived", booking)
    assert salon.refused(lambda: salon.run("beautician", "visit", visit["id"], "start")) == (Invalid, ["required"])
    salon.run("beautician", "visit", visit["id"], "start", health_asked=True)
    assert salon.state("booking", booking) == "in_service"
    salon.later(hours=1)
    salon.run("beautician", "visit", visit["id"], "finish", reaction="none")
    assert (salon.state("booking", booking), salon.fields("customer", salon.customer)["visits"]) == ("completed", 1)


def test_a_visit_paid_with_a_card_takes_a_session_and_asks_for_a_review(salon: Salon) -> None:
    card = salon.create("card", customer=salon.customer, service=salon.service, paid="500.00", expires_on="2027-11-01")
    salon.create("card_entry", card=card, kind="sale", sessions=1)
    visit = salon.create("visit", customer=salon.customer, staff=salon.staff)
    salon.run("reception", "visit", visit, "start", health_asked=True)
    salon.run("reception", "visit", visit, "finish", reaction="mild")
    salon.run("reception", "visit", visit, "close", acknowledged=True, card=card)
    assert (salon.fields("card", card)["remaining"], salon.state("card", card)) == (0, "used_up")
    (review,) = salon.engine.select(OWNER, "review", Query()).items
    assert (review["state"], review["fields"]["visit"]) == ("invited", visit)
    assert salon.refused(lambda: salon.engine.update(OWNER, "visit", visit, {"given": "more"})) == (Conflict, ["frozen"])
    again = salon.create("visit", customer=salon.customer, staff=salon.staff)
    salon.run("reception", "visit", again, "start", health_asked=True)
    salon.run("reception", "visit", again, "finish", reaction="none")
    kind, _ = salon.refused(lambda: salon.run("reception", "visit", again, "close", acknowledged=True, card=card))
    assert kind is Invalid and salon.state("visit", again) == "finished"


def test_nobody_and_no_room_is_booked_twice(salon: Salon) -> None:
    salon.booking()
    other = salon.create("customer", name="Bea")
    assert salon.refused(lambda: salon.booking(hours=24.5, customer=other, room=None)) == (Conflict, ["occupied"])
    second = salon.create("staff", name="Lan", grade="junior")
    assert salon.refused(lambda: salon.booking(hours=25.1, customer=other, staff=second)) == (Conflict, ["occupied"])
    assert salon.refused(lambda: salon.booking(hours=24.5, staff=second, room=None)) == (Conflict, ["occupied"])
    booking = salon.booking(hours=25.25, customer=other, staff=second)
    salon.run("reception", "booking", booking, "cancel", cancel_reason="ill")
    salon.booking(hours=25.25, customer=other, staff=second)


def test_a_customer_cancels_by_the_link_of_the_message_and_not_too_late(salon: Salon) -> None:
    first, second = salon.booking(), salon.booking(hours=48)
    for booking in (first, second):
        salon.run("reception", "booking", booking, "confirm")
    tokens = []
    for booking in (first, second):
        with salon.engine.transactions.reading() as conn:
            tokens.append(salon.engine.links.url(conn, "booking", booking, "cancel").rpartition("/")[2])
    salon.engine.links.run(tokens[1], "zh", fields={"cancel_reason": "临时有事"})
    assert salon.state("booking", second) == "cancelled"
    salon.later(hours=21)
    assert salon.refused(lambda: salon.engine.links.run(tokens[0], "en", fields={})) == (Conflict, ["guard"])
    assert salon.refused(lambda: salon.run("reception", "booking", first, "cancel", cancel_reason="x")) == (Conflict, ["guard"])
    salon.run("reception", "booking", first, "cancel_late", cancel_reason="x")
    assert salon.state("booking", first) == "late_cancelled"


def test_time_lets_requests_lapse_and_marks_who_did_not_come(salon: Salon) -> None:
    lapsed, missed = salon.booking(hours=72), salon.booking(hours=5)
    salon.run("reception", "booking", missed, "confirm")
    salon.later(hours=5, minutes=29)
    assert salon.state("booking", missed) == "confirmed"
    salon.later(minutes=2)
    assert (salon.state("booking", missed), salon.state("booking", lapsed)) == ("no_show", "requested")
    salon.run("manager", "booking", missed, "reinstate", "came at 15:35")
    assert salon.state("booking", missed) == "arrived"
    salon.later(hours=20)
    assert salon.state("booking", lapsed) == "expired"


def test_a_booking_that_is_moved_takes_its_times_along(salon: Salon) -> None:
    booking = salon.booking(hours=5)
    salon.run("reception", "booking", booking, "confirm")
    start = salon.now + timedelta(hours=50)
    salon.run("reception", "booking", booking, "reschedule",
              starts_at=start.isoformat(), ends_at=(start + timedelta(hours=1)).isoformat())
    salon.booking(hours=5)
    salon.later(hours=6)
    assert (salon.state("booking", booking), salon.fields("booking", booking)["moved"]) == ("confirmed", 1)
    salon.later(hours=45)
    assert salon.state("booking", booking) == "no_show"


def test_health_that_speaks_against_a_service_is_asked_about_and_what_was_agreed_is_kept(salon: Salon) -> None:
    salon.engine.update(OWNER, "customer", salon.customer, {"conditions": ["pregnancy"]})
    assert salon.refused(salon.booking) == (Invalid, ["confirm_needed"])
    start = salon.now + timedelta(hours=24)
    made = salon.engine.create(salon.people["reception"], "booking", {
        "customer": salon.customer, "lines": [{"service": salon.service}], "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=1)).isoformat()}, confirm={"suits_health": "mild version agreed"})
    newest = salon.engine.history(OWNER, "booking", made["id"]).items[0]
    assert newest["note"]["confirmed"] == {"suits_health": "mild version agreed"}


def test_what_was_agreed_about_health_is_not_asked_again_at_each_step(salon: Salon) -> None:
    salon.engine.update(OWNER, "customer", salon.customer, {"conditions": ["pregnancy"]})
    start = salon.now + timedelta(hours=1)
    fields = {"customer": salon.customer, "staff": salon.staff, "lines": [{"service": salon.service}],
              "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    booking = salon.engine.create(salon.people["reception"], "booking", fields, confirm={"suits_health": "mild version agreed"})["id"]
    salon.run("reception", "booking", booking, "confirm")
    salon.run("reception", "booking", booking, "arrive")
    (visit,) = salon.engine.select(OWNER, "visit", Query()).items
    salon.run("beautician", "visit", visit["id"], "start", health_asked=True)
    salon.run("beautician", "visit", visit["id"], "finish", reaction="none")
    assert salon.state("booking", booking) == "completed"


def test_bookings_that_no_longer_suit_a_customers_health_are_listed(salon: Salon) -> None:
    booking = salon.booking()
    salon.engine.update(OWNER, "customer", salon.customer, {"conditions": ["pregnancy"]})
    salon.later(seconds=1)
    found = salon.engine.conflicts.list(OWNER).items
    assert [(one["type"], one["id"], one["validation"]) for one in found] == [("booking", booking, "suits_health")]
    salon.engine.update(OWNER, "customer", salon.customer, {"conditions": []})
    salon.later(seconds=1)
    assert salon.engine.conflicts.list(OWNER).items == []


@pytest.mark.parametrize(("rating", "expected"), [(5, "published"), (3, "published"), (2, "to_handle"), (1, "to_handle")])
def test_a_review_is_published_or_becomes_a_complaint(salon: Salon, rating: int, expected: str) -> None:
    review = salon.create("review", customer=salon.customer, staff=salon.staff)
    salon.later(hours=25)
    assert salon.sent() == ["review_invitation"] * 2
    with salon.engine.transactions.reading() as conn:
        token = salon.engine.links.url(conn, "review", review, "review").rpartition("/")[2]
    salon.engine.links.run(token, "en", fields={"rating": rating, "comment": "so so"})
    assert salon.state("review", review) == expected
    complaints = salon.engine.select(OWNER, "complaint", Query()).items
    assert [one["fields"]["review"] for one in complaints] == ([review] if rating <= 2 else [])


def test_a_review_nobody_gives_lapses(salon: Salon) -> None:
    review = salon.create("review", customer=salon.customer)
    salon.later(days=15)
    assert salon.state("review", review) == "expired"


def test_a_complaint_is_answered_in_time_or_told_to_those_above(salon: Salon) -> None:
    complaint = salon.create("complaint", customer=salon.customer, subject="attitude", severity="serious")
    salon.create("opening_hours", weekdays=["1", "2", "3", "4", "5", "6", "7"], opens="10:00", closes="20:00")
    salon.later(minutes=59)
    assert salon.sent() == []
    salon.later(minutes=2)
    assert salon.sent() == ["complaint_late"] * 2, "one for each manager"
    salon.run("reception", "complaint", complaint, "triage")
    salon.run("manager", "complaint", complaint, "assign", responsible=salon.people["manager"].id)
    salon.later(hours=3)
    assert salon.sent() == ["complaint_late"] * 2, "the clock of the first answer has stopped"


def test_somebody_else_than_the_one_responsible_closes_a_complaint(salon: Salon) -> None:
    complaint = salon.create("complaint", customer=salon.customer, subject="price")
    salon.run("reception", "complaint", complaint, "triage", severity="normal")
    salon.run("manager", "complaint", complaint, "assign", responsible=salon.people["manager"].id)
    big = {"resolution": "Refund", "compensation": "800.00"}
    assert salon.refused(lambda: salon.run("manager", "complaint", complaint, "propose", **big)) == (Conflict, ["guard"])
    salon.run("manager", "complaint", complaint, "propose", resolution="Refund", compensation="200.00")
    salon.run("reception", "complaint", complaint, "accept")
    closing = {"root_cause": "Two price lists", "prevention": "One price list"}
    assert salon.refused(lambda: salon.run("manager", "complaint", complaint, "close", **closing)) == (Conflict, ["guard"])
    salon.run("second_manager", "complaint", complaint, "close", **closing)
    assert salon.state("complaint", complaint) == "closed"
    salon.later(days=31)
    assert salon.state("complaint", complaint) == "archived"


def test_a_refund_needs_two_people_and_empties_the_card(salon: Salon) -> None:
    card = salon.create("card", customer=salon.customer, service=salon.service, paid="500.00", expires_on="2027-11-01")
    salon.create("card_entry", card=card, kind="sale", sessions=10)
    assert salon.refused(lambda: salon.run("manager", "card", card, "ask_refund", refund_amount="501.00")) == (Conflict, ["guard"])
    salon.run("manager", "card", card, "ask_refund", refund_amount="400.00")
    assert salon.refused(lambda: salon.run("manager", "card", card, "approve_refund")) == (Conflict, ["guard"])
    assert salon.refused(lambda: salon.run("reception", "card", card, "approve_refund"))[0] is Forbidden
    salon.run("second_manager", "card", card, "approve_refund")
    assert (salon.state("card", card), salon.fields("card", card)["remaining"]) == ("refunded", 0)


def test_a_frozen_card_gets_its_days_back_and_an_old_one_expires(salon: Salon) -> None:
    frozen = salon.create("card", customer=salon.customer, service=salon.service, expires_on="2026-12-31")
    old = salon.create("card", customer=salon.customer, service=salon.service, expires_on="2026-12-31")
    for card in (frozen, old):
        salon.create("card_entry", card=card, kind="sale", sessions=3)
    salon.run("manager", "card", frozen, "freeze", freeze_reason="travel")
    salon.later(days=30)
    salon.run("reception", "card", frozen, "thaw")
    assert salon.fields("card", frozen)["expires_on"] == "2027-01-30"
    salon.later(days=10)
    assert (salon.state("card", old), salon.state("card", frozen)) == ("expired", "active")
