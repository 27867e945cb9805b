"""What can be set for a POS's database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from drivers.pos.fields import ALIASES
from drivers.pos.pos_sql.statements import bound, checked
from drivers.spec import DriverSettings

PAGE = 500
MOST_ROWS = 100_000
"""Of a query that does not read in pages."""
CATALOGUE_VALUES, SALES_VALUES, START_VALUES = ("after", "limit"), ("mark", "id", "limit"), ()


class SqlSettings(DriverSettings):
    """Settings of `pos-sql`: either `database` or `odbc`; the secret stands for {secret} in `odbc`."""

    database: Annotated[str, Field(description="Path of a SQLite file, which is opened to read only.")] = ""
    odbc: Annotated[
        str, Field(description="ODBC connection string of a login that may only read; {secret} is replaced by the secret.")
    ] = ""
    catalogue_query: Annotated[
        str,
        Field(
            description="SELECT of the menu; with `code > :after ORDER BY code LIMIT :limit` it is read in pages. Empty: none."
        ),
    ] = ""
    catalogue_first: Annotated[
        int | str, Field(description="What :after is for the first page: 0 where codes are numbers, empty where they are text.")
    ] = ""
    sales_query: Annotated[
        str,
        Field(description="SELECT of sales after the place (:mark, :id), in their order, :limit at most. Empty: none are read."),
    ] = ""
    sales_mark: Annotated[str, Field(description="Column that only grows: when a sale was changed, or a number.")] = "updated_at"
    sales_id: Annotated[str, Field(description="Column that tells sales with the same mark apart.")] = "id"
    sales_first_id: Annotated[
        int | str, Field(description="What :id is at first: 0 where that column is a number, empty where it is text.")
    ] = 0
    sales_kind: Annotated[Literal["time", "number"], Field(description="What the mark is.")] = "time"
    sales_start_query: Annotated[
        str, Field(description="SELECT of the mark to begin at, once; needed for numbers. Empty: an hour before the first start.")
    ] = ""
    sales_overlap: Annotated[
        float, Field(ge=0, le=86_400, description="So many seconds (or numbers) before the mark are read again each time.")
    ] = 300.0
    time_format: Annotated[str, Field(description="How the database writes a mark that is a time, for the first start.")] = (
        "%Y-%m-%d %H:%M:%S"
    )
    columns: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Our field -> the query's column, where the usual names do not fit."),
    ]
    amounts_in_cents: Annotated[bool, Field(description="Amounts of the POS are whole cents.")] = False
    poll_s: Annotated[float, Field(gt=0, le=3600, description="How often new sales are looked for.")] = 5.0
    busy_s: Annotated[float, Field(ge=0, le=60, description="How long to wait for a database that is busy.")] = 2.0
    query_s: Annotated[float, Field(gt=0, le=60, description="A query that takes longer is broken off.")] = 1.0

    @field_validator("catalogue_query")
    @classmethod
    def _reads_catalogue(cls, sql: str) -> str:
        return _checked(sql, CATALOGUE_VALUES)

    @field_validator("sales_query")
    @classmethod
    def _reads_sales(cls, sql: str) -> str:
        return _checked(sql, SALES_VALUES)

    @field_validator("sales_start_query")
    @classmethod
    def _reads_start(cls, sql: str) -> str:
        return _checked(sql, START_VALUES)

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(columns) - set(ALIASES)):
            raise ValueError(f"{unknown[0]} is not a field; known are {', '.join(sorted(ALIASES))}.")
        return columns

    @model_validator(mode="after")
    def _makes_sense(self) -> SqlSettings:
        if bool(self.database) == bool(self.odbc):
            raise ValueError("set either database or odbc, not both and not neither.")
        if not self.catalogue_query and not self.sales_query:
            raise ValueError("set catalogue_query, sales_query or both.")
        if self.sales_query and not {"mark", "limit"} <= bound(self.sales_query):
            raise ValueError("sales_query has to use :mark and :limit, so that it never reads everything.")
        if self.sales_query and self.sales_kind == "number" and not self.sales_start_query:
            raise ValueError("a mark that is a number needs sales_start_query, such as SELECT MAX(id) FROM sales.")
        return self


def _checked(sql: str, names: Collection[str]) -> str:
    return checked(sql, names) if sql.strip() else ""
