"""The shape of what the API takes and gives: members in camelCase, nothing unknown, nothing converted."""

from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel


class Body(Schema):
    """What a caller sends: unknown members and converted types are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, populate_by_name=False)


class Query(Schema):
    """What a caller asks for in the address."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)


class Shown(Schema):
    """What a caller gets; it describes the answer, which is written by ``answers.say``."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Problem(Shown):
    """One thing that is wrong with an input."""

    model_config = ConfigDict(extra="allow")

    code: str
    path: list[str | int]
    message: str


class Refusal(Shown):
    """Every refusal: a sentence for people, and a code that never changes."""

    model_config = ConfigDict(extra="allow")

    message: str
    code: str
    errors: list[Problem] = Field(default=[], description="Every issue, where the input breaks the rules.")
