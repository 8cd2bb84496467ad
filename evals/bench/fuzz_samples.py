"""One small, rich file for each reader, every utterance of it with a word of its own that can be looked for again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

MARKS: Final = ("kivora", "tolmesh", "brandiq", "selvato", "murwick", "pendrow", "galtemi", "orvassi", "dunleth", "fexaro")
"""Words that no format, header or name holds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`path` is relative to a book; `with_` are files that lie beside it unharmed, as (path, text)."""

    path: str
    text: str
    marks: tuple[str, ...] = ()
    """The words of `text` that some record must hold."""
    with_: tuple[tuple[str, str], ...] = ()


def _said(*words: str) -> list[str]:
    return [f"We keep {word} in a sheet." for word in words]


_A, _B, _C, _D, _E, _F, _G, _H, _I, _J = (f"We keep {mark} in a sheet, é." for mark in MARKS)
_DANA = {"id": 7, "name": "Dana Ruiz", "email": "dana@acme.example", "role": "end-user"}
_SAM = {"id": 8, "name": "Sam Lee", "email": "sam@vendor.example", "role": "agent"}
_TICKETS = {
    "tickets": [
        {
            "id": 101,
            "subject": "Seats",
            "description": _A,
            "status": "open",
            "priority": "high",
            "tags": ["sso", "seats"],
            "requester_id": 7,
            "created_at": "2026-08-01T08:00:00Z",
            "updated_at": "2026-08-02T08:00:00Z",
            "comments": [
                {"id": 1, "author_id": 8, "public": True, "created_at": "2026-08-01T09:00:00Z", "body": _B},
                {"id": 2, "author_id": 7, "public": False, "created_at": 1785834720, "html_body": f"<p>{_C}</p>"},
            ],
        },
        {
            "id": "102",
            "subject": "Export",
            "description": f"{_D}\n\nOn 3 Aug Sam Lee wrote:\n> {_E}\n\nRegards,\nDana Ruiz",
            "status": "solved",
            "created_at": "2026-08-03",
            "updated_at": "2026-08-04",
            "requester": _DANA,
            "satisfaction_rating": {"id": 5, "score": "good", "comment": _G},
            "comments": [{"id": 3, "author": _SAM, "public": True, "created_at": "2026-08-03T10:00:00Z", "plain_body": _F}],
        },
    ],
    "users": [_DANA, _SAM],
}
_ROWS = [
    {"id": 201, "description": _A, "created_at": "2026-08-01", "requester": _DANA, "updated_at": "2026-08-01T10:00:00Z"},
    {"id": 202, "description": _B, "created_at": "2026-08-02", "requester": _DANA, "comments": []},
    {"id": 203, "description": _C, "created_at": "2026-08-03", "requester": _DANA},
]
_GONG = {
    "calls": [{
        "metaData": {"id": "c1", "title": "Review", "started": "2026-08-11T15:00:00Z", "duration": 60},
        "parties": [
            {"speakerId": "1", "name": "Dana Ruiz", "emailAddress": "dana@acme.example", "affiliation": "External"},
            {"speakerId": "2", "name": "Sam Lee", "affiliation": "Internal"},
        ],
    }],
    "callTranscripts": [{
        "callId": "c1",
        "transcript": [
            {"speakerId": "1", "topic": "Value", "sentences": [{"start": 1000, "end": 2000, "text": _A}]},
            {"speakerId": "2", "topic": "Value", "sentences": [
                {"start": 2000, "end": 3000, "text": _B}, {"start": 3000, "end": 4000, "text": _C},
            ]},
        ],
    }],
}  # fmt: skip
_FIREFLIES = {
    "id": "ff1",
    "date": 1785834720000,
    "meeting_attendees": [{"displayName": "Dana Ruiz", "email": "dana@acme.example"}],
    "sentences": [
        {"index": 0, "speaker_name": "Dana Ruiz", "text": _A, "start_time": "12.4", "end_time": "15.0"},
        {"index": 1, "speaker_name": "Sam Lee", "text": _B, "start_time": "15.4", "end_time": "17.0"},
    ],
}
_FATHOM = {
    "recording_id": 9,
    "recording_start_time": "2026-08-11T15:00:00Z",
    "calendar_invitees": [{"name": "Dana Ruiz", "email": "dana@acme.example", "is_external": True}],
    "transcript": [
        {"speaker": {"display_name": "Dana Ruiz"}, "text": _A, "timestamp": "00:12:04"},
        {"speaker": {"display_name": "Sam Lee"}, "text": _B, "timestamp": "00:12:14"},
    ],
}
_CATALOG = {
    "vendor": "Vendor",
    "domains": ["vendor.example"],
    "currency": "EUR",
    "plans": [{"id": "team", "name": "Team", "price_per_seat_month": 29, "features": ["api"]}],
    "addons": [{"id": "sign", "name": "Sign", "price_month": 400, "unit": "workspace", "features": ["signatures"]}],
    "unit_costs": {"run": 0.1},
}
_INTERCOM = {
    "type": "conversation",
    "id": "215",
    "created_at": 1785834720,
    "source": {"body": f"<p>{_A}</p>", "author": {"type": "user", "name": "Dana Ruiz", "email": "dana@acme.example"}},
    "conversation_parts": {
        "conversation_parts": [
            {
                "id": "1",
                "part_type": "comment",
                "author": {"type": "admin", "name": "Sam Lee"},
                "body": f"<p>{_B}</p>",
                "created_at": 1785834800,
            },
            {
                "id": "2",
                "part_type": "note",
                "author": {"type": "admin", "name": "Sam Lee"},
                "body": f"<p>{_C}</p>",
                "created_at": 1785834900,
            },
        ],
        "total_count": 2,
    },
    "conversation_rating": {"rating": 5, "remark": _D, "created_at": 1785835900},
}
_FRESHDESK = {
    "id": 77,
    "subject": "Seats",
    "status": 2,
    "description_text": _A,
    "requester": _DANA,
    "created_at": "2026-08-01T07:00:00Z",
    "conversations": [
        {"id": 9, "user_id": 7, "incoming": True, "private": False, "body_text": _B, "created_at": "2026-08-01T08:00:00Z"},
        {
            "id": 10,
            "user_id": 8,
            "incoming": False,
            "private": True,
            "body": f"<p>{_C}</p>",
            "created_at": "2026-08-01T09:00:00Z",
        },
    ],
}
_JIRA = {
    "key": "SUP-42",
    "fields": {
        "summary": "Seats",
        "description": _A,
        "created": "2026-04-08T14:04:31.883+0000",
        "reporter": {"displayName": "Dana Ruiz", "emailAddress": "dana@acme.example"},
        "comment": {
            "total": 2,
            "comments": [
                {
                    "id": "1",
                    "author": {"displayName": "Sam Lee"},
                    "body": _B,
                    "created": "2026-04-08T15:04:31.883+0000",
                    "jsdPublic": True,
                },
                {
                    "id": "2",
                    "author": {"displayName": "Sam Lee"},
                    "body": _C,
                    "created": "2026-04-08T16:04:31.883+0000",
                    "jsdPublic": False,
                },
            ],
        },
    },
}
_HUBSPOT = {"id": "45", "properties": {"subject": "Seats", "content": _A, "createdate": "2026-08-01T10:00:00Z"}}
_VTT = (
    "WEBVTT\n\nNOTE made by a program\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Dana Ruiz>{0}</v>\n\n2\n00:00:02.000 --> 00:00:03.000\n"
    "<v Sam Lee>{1}\n\n3\n00:00:03.000 --> 00:00:04.000\n<v Dana Ruiz>{2}\n"
)
_ZOOM = (
    "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nDana Ruiz: {0}\n\n2\n00:00:02.000 --> 00:00:03.000\nSam Lee: {1}\n\n"
    "3\n00:00:03.000 --> 00:00:04.000\nDana Ruiz: {2}\n"
)
_SRT = "1\n00:00:01,000 --> 00:00:02,000\nDana Ruiz: {0}\n\n2\n00:00:02,000 --> 00:00:03,000\n[Sam Lee] {1}\n"
_OTTER = "Dana Ruiz  0:01\n{0}\n\nSam Lee  0:12\n{1}\n\nDana Ruiz  1:02\n{2}\n"

SAMPLES: Final[dict[str, Sample]] = {
    "zendesk": Sample("tickets/a1.json", json.dumps(_TICKETS, ensure_ascii=False, indent=1), MARKS[:7]),
    "zendesk_lines": Sample("tickets/a1.ndjson", "".join(json.dumps(row) + "\n" for row in _ROWS), MARKS[:3]),
    "warehouse_comments": Sample(
        "tickets/a1/comments.csv",
        f'id,ticket_id,body,public,user_id,created\n1,1,"{_A}",TRUE,7,2026-08-01\n2,1,"{_B}\nand more",FALSE,8,2026-08-02\n',
        MARKS[:2],
        (
            ("tickets/a1/tickets.csv", "id,subject,status,description,requester_id,created_at\n1,S,open,Hello,7,2026-08-01\n"),
            ("tickets/a1/users.csv", "id,name,email,role\n7,Dana Ruiz,dana@acme.example,end-user\n8,Sam Lee,,agent\n"),
        ),
    ),
    "intercom": Sample("tickets/a1.json", json.dumps(_INTERCOM), MARKS[:4]),
    "freshdesk": Sample("tickets/a1.json", json.dumps(_FRESHDESK), MARKS[:3]),
    "jira": Sample("tickets/a1.json", json.dumps(_JIRA), MARKS[:3]),
    "hubspot": Sample("tickets/a1.json", json.dumps(_HUBSPOT), MARKS[:1]),
    "teams_vtt": Sample("transcripts/a1/2026-08-01-x.vtt", _VTT.format(_A, _B, _C), MARKS[:3]),
    "zoom_vtt": Sample("transcripts/a1/2026-08-01-x.vtt", _ZOOM.format(_A, _B, _C), MARKS[:3]),
    "srt": Sample("transcripts/a1/2026-08-01-x.srt", _SRT.format(_A, _B), MARKS[:2]),
    "otter": Sample("transcripts/a1/2026-08-01-x.txt", _OTTER.format(_A, _B, _C), MARKS[:3]),
    "gong": Sample("transcripts/a1/2026-08-01-x.json", json.dumps(_GONG, indent=1), MARKS[:3]),
    "fireflies": Sample("transcripts/a1/2026-08-01-x.json", json.dumps(_FIREFLIES), MARKS[:2]),
    "fathom": Sample("transcripts/a1/2026-08-01-x.json", json.dumps(_FATHOM), MARKS[:2]),
    "note": Sample(
        "notes/a1/2026-08-01-x.md",
        f"---\naccount_id: a1\nauthor: sam@vendor.example\ndate: 2026-08-01\n---\n\n{_A}\n\n{_B}\n",
        MARKS[:2],
    ),
    "usage": Sample(
        "usage.csv",
        "account_id,date,metric,value\na1,2026-08-24,kivora,46\na1,2026-08-31,kivora,47\na1,2026-08-31,tolmesh,0.5\n",
        ("kivora", "tolmesh"),
    ),
    "events": Sample(
        "events.csv",
        f'account_id,date,kind,headline,source\na1,2026-07-14,funding,"{_A}",press\na1,2026-07-15,hiring,{MARKS[1]} hires,press\n',
        MARKS[:2],
    ),
    "accounts": Sample("accounts.csv", "account_id,name,domain,arr,seats_licensed\na1,Acme,acme.example,84000,60\na2,Bolt,,,\n"),
    "contacts": Sample("contacts.csv", 'account_id,name,email,title\na1,"Ruiz, Dana",dana@acme.example,VP\na1,Bo Li,,\n'),
    "team": Sample("team.csv", "name,email,title\nSam Lee,sam@vendor.example,CSM\n"),
    "catalog": Sample("catalog.json", json.dumps(_CATALOG)),
}
