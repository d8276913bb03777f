"""What is particular to each engine: its driver, its clock, how it is held to reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connectors.contract import Reason


@dataclass(frozen=True, slots=True)
class Habit:
    """One engine.

    driver: SQLAlchemy's name of the driver that is used where the address names none.
    package: what to install for it. connect: the driver's name of the time-out of connecting.
    begin: what a session is told first, with {ms} and {s} for the time that an answer may take;
    "" where it knows no such words: then only the rights of the user keep it from writing.
    clock: what gives its time, in UTC where that is without an offset.
    """

    driver: str
    package: str
    connect: str = ""
    begin: tuple[str, ...] = ()
    clock: str = ""


HABITS: Final = {
    "sqlite": Habit("sqlite", "", "timeout", ("PRAGMA query_only = ON",)),
    "postgresql": Habit(
        "postgresql+psycopg",
        "psycopg[binary]",
        "connect_timeout",
        ("SET default_transaction_read_only = on", "SET statement_timeout = {ms}"),
        "SELECT CURRENT_TIMESTAMP",
    ),
    "mysql": Habit(
        "mysql+pymysql",
        "pymysql",
        "connect_timeout",
        ("SET SESSION TRANSACTION READ ONLY", "SET SESSION max_execution_time = {ms}"),
        "SELECT UTC_TIMESTAMP(6)",
    ),
    "mariadb": Habit(
        "mariadb+pymysql",
        "pymysql",
        "connect_timeout",
        ("SET SESSION TRANSACTION READ ONLY", "SET SESSION max_statement_time = {s}"),
        "SELECT UTC_TIMESTAMP(6)",
    ),
    "mssql": Habit("mssql+pymssql", "pymssql", "login_timeout", (), "SELECT SYSUTCDATETIME()"),
    "oracle": Habit(
        "oracle+oracledb",
        "oracledb",
        "tcp_connect_timeout",
        (),
        "SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM DUAL",
    ),
}
"""By SQLAlchemy's name of the engine. Others are asked as they are."""

PACKAGES: Final = {
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "databricks": "databricks-sqlalchemy",
    "duckdb": "duckdb-engine",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "trino": "trino[sqlalchemy]",
    "psycopg2": "psycopg2-binary",
    "psycopg": "psycopg[binary]",
    "pyodbc": "pyodbc",
    "mysqldb": "mysqlclient",
}
"""What to install for other engines, and for drivers that an address names."""

# What a driver says, in any case, and what it means. The first that fits counts.
SAYINGS: Final = (
    ("password authentication failed|access denied for user|login failed", Reason.CREDENTIALS),
    (r"role \S+ does not exist|no password supplied|no pg_hba|ora-01017", Reason.CREDENTIALS),
    ("permission denied|command denied|not authorized|insufficient priv", Reason.CREDENTIALS),
    ("unable to open database file|file is not a database", Reason.ADDRESS),
    (r"database \S+ does not exist|unknown database|resolve host", Reason.ADDRESS),
    ("name or service not known|getaddrinfo|nodename nor servname", Reason.ADDRESS),
    ("no address associated|failure in name resolution", Reason.ADDRESS),
    (r"statement timeout|interrupted|execution time|timed? ?out", Reason.TIMEOUT),
)

# What a driver says of a query that it does not understand, and the name in it.
MISTAKES: Final = (
    (r"no such column: \"?([\w.]+)", "has no column '{0}'"),
    (r"column \"?([\w.]+)\"? does not exist", "has no column '{0}'"),
    (r"unknown column '([\w.]+)'", "has no column '{0}'"),
    (r"invalid column name '([\w.]+)'", "has no column '{0}'"),
    (r"no such table: \"?([\w.]+)", "has no table '{0}'"),
    (r"relation \"([\w.]+)\" does not exist", "has no table '{0}'"),
    (r"table '([\w.]+)' doesn't exist", "has no table '{0}'"),
    (r"invalid object name '([\w.]+)'", "has no table '{0}'"),
    (r"near \"([\w.,*()=<>]{1,30})\"", "does not understand the query at '{0}'"),
)
