"""Whose side somebody is on: the ladder from exact address to first name, and doubt in between."""

from __future__ import annotations

import pytest

from retrieval.accounts import Account, Catalog, Contact, TeamMember
from retrieval.readers.people import Directory, directory_of, name_key
from retrieval.records import Voice

DIRECTORY = directory_of(
    accounts=[Account("a1", "Acme", "acme.example"), Account("a2", "Bolt", "bolt.example; bolt.test"), Account("a3", "Nodomain")],
    contacts=[
        Contact("a1", "Dana Ruiz", "dana@acme.example", "VP Ops"),
        Contact("a1", "José Núñez", "jose@acme.example"),
        Contact("a1", "Kim Park", "kim@gmail.com"),
        Contact("a1", "Lee One", "lee1@acme.example"),
        Contact("a1", "Lee Two", "lee2@acme.example"),
        Contact("a1", "Sam Both"),
        Contact("a2", "Dana Ruiz", "dana@bolt.example"),
        Contact("a2", "Olaf Berg", "olaf@holding.example"),
    ],
    team=[
        TeamMember("Sam Lee", "sam@vendor.example", "CSM"),
        TeamMember("Sam Both"),
        TeamMember("Pat Fox", "pat@contractor.example"),
    ],
    catalog=Catalog(vendor="Vendor", domains=("vendor.example",)),
)

LADDER = [
    # name, email, voice, a word of the reason
    ("Pat Fox", "pat@contractor.example", Voice.VENDOR, "team list"),
    ("Anybody", "new@vendor.example", Voice.VENDOR, "domain of Vendor"),
    ("Anybody", "new@eu.vendor.example", Voice.VENDOR, "domain of Vendor"),
    ("Anybody", "new@notvendor.example", Voice.EXTERNAL, "neither"),
    ("Kim Park", "kim@gmail.com", Voice.CUSTOMER, "contact of this account"),
    ("Someone", "other@gmail.com", Voice.EXTERNAL, "neither"),
    ("New Colleague", "new@acme.example", Voice.CUSTOMER, "own domain"),
    ("New Colleague", "new@mail.acme.example", Voice.CUSTOMER, "own domain"),
    ("Mail Delivery System", "MAILER-DAEMON@acme.example", Voice.EXTERNAL, "automatic sender"),
    ("Acme", "no-reply@acme.example", Voice.EXTERNAL, "automatic sender"),
    ("Acme", "postmaster@acme.example", Voice.EXTERNAL, "automatic sender"),
    ("Acme", "bounce+123@acme.example", Voice.EXTERNAL, "automatic sender"),
    ("Vendor", "no-reply@vendor.example", Voice.VENDOR, "domain of Vendor"),
    ("Olaf Berg", "olaf@holding.example", Voice.EXTERNAL, "another account (Bolt)"),
    ("Dana Ruiz", "dana@bolt.example", Voice.EXTERNAL, "another account (Bolt)"),
    ("Sam Lee", "sam@acme.example", Voice.CUSTOMER, "own domain"),  # an address outranks a name
    ("Dana Ruiz", "dana@elsewhere.example", Voice.EXTERNAL, "neither"),
    ("Dana Ruiz", "Dana Ruiz <DANA@Acme.example>", Voice.CUSTOMER, "contact of this account"),
    ("dana+tickets", "dana+tickets@acme.example", Voice.CUSTOMER, "contact of this account"),
    ("Sam Lee", None, Voice.VENDOR, "team list only"),
    ("Dana Ruiz", None, Voice.CUSTOMER, "contact of this account"),
    ("DANA RUIZ", "", Voice.CUSTOMER, "contact of this account"),
    ("Ruiz, Dana", None, Voice.CUSTOMER, "contact of this account"),
    ("Dana Ruiz (Acme)", None, Voice.CUSTOMER, "contact of this account"),
    ("Dr. Dana Ruiz, PhD", None, Voice.CUSTOMER, "contact of this account"),
    ("Jose Nunez", None, Voice.UNKNOWN, "nobody called"),  # accents are kept
    ("José Núñez", None, Voice.CUSTOMER, "contact of this account"),
    ("José Núñez", None, Voice.CUSTOMER, "contact of this account"),  # composed and decomposed are one
    ("Dana", None, Voice.CUSTOMER, "first name"),
    ("Lee", None, Voice.UNKNOWN, "more than one person"),
    ("Sam", None, Voice.UNKNOWN, "both"),
    ("Sam Both", None, Voice.UNKNOWN, "both"),
    ("Olaf Berg", None, Voice.UNKNOWN, "nobody called"),  # a contact elsewhere proves nothing here
    ("Speaker 1", None, Voice.UNKNOWN, "nobody called"),
    ("Unlisted Person (Vendor)", None, Voice.VENDOR, "display name"),
    ("Dana Ruiz (Vendor)", None, Voice.UNKNOWN, "names both"),
    ("", None, Voice.UNKNOWN, "no author"),
    (None, None, Voice.UNKNOWN, "no author"),
    ("dana@acme.example", None, Voice.CUSTOMER, "contact of this account"),
]


@pytest.mark.parametrize(("name", "email", "voice", "reason"), LADDER)
def test_the_ladder(name: str | None, email: str | None, voice: Voice, reason: str) -> None:
    found = DIRECTORY.voice_of("a1", name, email)
    assert (found.voice, reason in found.reason) == (voice, True), found


def test_an_account_may_have_several_domains() -> None:
    assert DIRECTORY.voice_of("a2", None, "x@bolt.test").voice is Voice.CUSTOMER


def test_a_free_mail_domain_is_nobody_s_own() -> None:
    directory = directory_of([Account("a", "A", "gmail.com")], [], [TeamMember("T", "t@v.example")], Catalog("V", ("v.example",)))
    assert directory.voice_of("a", "X", "x@gmail.com").voice is not Voice.CUSTOMER


def test_without_a_book_everybody_is_unknown() -> None:
    for name, email in ((None, None), ("Dana", None), ("Dana Ruiz", "dana@acme.example")):
        assert Directory().voice_of("a", name, email).voice is Voice.UNKNOWN


def test_who_writes_in_the_tickets_is_known_on_the_call() -> None:
    seen = DIRECTORY.with_seen(
        "a1", [("Rob Seller", "rob@seller.example"), ("New Hire", "hire@acme.example"), ("Two", "a@x.example")]
    )
    seen = seen.with_seen(
        "a1", [("Rob Seller", "rob@seller.example"), ("New Hire", "hire@acme.example"), ("Two", "a@x.y"), ("Two", "b@x.y")]
    )
    assert seen.voice_of("a1", "Rob Seller", None).voice is Voice.EXTERNAL
    assert seen.voice_of("a1", "New Hire", None).voice is Voice.CUSTOMER
    assert seen.voice_of("a1", "Two", None).voice is Voice.UNKNOWN
    assert seen.voice_of("a2", "Rob Seller", None).voice is Voice.UNKNOWN


def test_names_are_compared_without_dress() -> None:
    assert {
        name_key(name) for name in ("Dana Ruiz", "  dana  RUIZ ", "Ruiz, Dana", "Ms Dana Ruiz", "Dana Ruiz | Acme", '"Dana Ruiz"')
    } == {"dana ruiz"}
