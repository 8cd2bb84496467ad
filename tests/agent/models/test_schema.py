"""What is sent as a strict schema is one."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field

from agent.models.schema import strict_schema


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    note: str | None


class Good(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: list[Inner]


def test_titles_are_left_out_but_not_a_property_of_that_name() -> None:
    schema = strict_schema(Good)
    assert "title" not in schema
    assert set(schema["$defs"]["Inner"]["properties"]) == {"title", "note"}
    assert schema["$defs"]["Inner"]["properties"]["title"] == {"type": "string"}


class Open(BaseModel):
    text: str


class Optional(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = "x"


class Dictionary(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by_name: dict[str, str]


class Limited(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=3)


@pytest.mark.parametrize("model", [Open, Optional, Dictionary, Limited])
def test_what_a_strict_provider_refuses_is_refused_here(model: type[BaseModel]) -> None:
    with pytest.raises(ValueError, match="no strict schema"):
        strict_schema(model)
