"""Typed settings, read from the environment (and a ``.env`` file) where a program calls `load`, never at import.

Every variable is documented in ``.env.example``; its name is case-sensitive. A secret may be given as a file:
``NAME_FILE`` holds the path. ``ENV_FILE`` names a file to read instead of ``.env``.
"""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from common.errors import SettingError
from common.misspelt import tell_misspelt

_Settings = TypeVar("_Settings", bound=BaseSettings)

_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}")


class _Documented(PydanticBaseSettingsSource):
    """Reads variables by their documented names only: pydantic-settings would accept ``OUTPUT`` for ``output``."""

    def __init__(self, settings: type[BaseSettings], known: Mapping[str, str | None]) -> None:
        super().__init__(settings)
        self._known = known

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        key = field.validation_alias if isinstance(field.validation_alias, str) else field_name
        return self._known.get(variable(self.settings_cls, field_name)), key, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = (self.get_field_value(field, name) for name, field in fields)
        return {key: value for value, key, _complex in found if value is not None}


class Settings(BaseSettings):
    """Base class of all settings; an empty variable counts as not set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True, case_sensitive=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources in order of precedence: arguments, the environment, ``.env``."""
        read = [source for source in (env_settings, dotenv_settings) if isinstance(source, EnvSettingsSource)]
        return init_settings, *(_Documented(settings_cls, source.env_vars) for source in read)


def _topic(name: str) -> str:
    if not _TOPIC.fullmatch(name) or name in {".", ".."}:
        raise ValueError("not a topic name in Kafka; use 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'")
    return name


TopicName = Annotated[str, AfterValidator(_topic)]


class TopicSettings(Settings):
    """Names, partitions and replication of the topics; ``input`` and ``output`` are the lower-case names users know."""

    trades_topic: TopicName = Field("trades", validation_alias="input")
    anomalies_topic: TopicName = Field("anomalies", validation_alias="output")
    dead_letters_topic: TopicName = "dead-letters"
    progress_topic: TopicName = "producer-progress"
    topic_partitions: int = Field(6, ge=1, le=10_000)
    topic_replication: int = Field(1, ge=1, le=9)

    @model_validator(mode="after")
    def _differ(self) -> Self:
        names = (self.trades_topic, self.anomalies_topic, self.dead_letters_topic, self.progress_topic)
        if len(set(names)) < len(names):
            raise ValueError(
                f"input, output, DEAD_LETTERS_TOPIC and PROGRESS_TOPIC are {', '.join(names)}: give each its own topic"
            )
        return self


class KafkaSettings(Settings):
    """How to reach the broker."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_")

    bootstrap_servers: str = Field("127.0.0.1:19092", min_length=1)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    ssl_ca_file: Path | None = None


class ElasticsearchSettings(Settings):
    """How to reach Elasticsearch."""

    model_config = SettingsConfigDict(env_prefix="ELASTICSEARCH_")

    url: str = Field("http://127.0.0.1:9200", pattern=r"^https?://")
    username: str = ""
    password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    ca_file: Path | None = None
    index_prefix: str = Field("anomalies", pattern=r"^[a-z0-9][a-z0-9._-]*$")


class HealthSettings(Settings):
    """Where a service serves ``/healthz``, ``/readyz`` and ``/metrics``; port 0 disables this."""

    model_config = SettingsConfigDict(env_prefix="HEALTH_")

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65_535)


def load(settings: type[_Settings], options: Mapping[str, str] | None = None, /, **overrides: Any) -> _Settings:
    """Read a settings class from the environment and ``.env``; `overrides` take precedence.

    Parameters
    ----------
    settings : type
        The settings class.
    options : mapping, optional
        Command-line option by field name, for error messages; other overrides count as the program's own values.
    **overrides
        Values by field name; None leaves the field to the environment.

    Raises
    ------
    SettingError
        If a value is invalid; names each option or variable, where it is set, its value (secrets are masked) and what
        is allowed. Also for lines of ``.env`` that set nothing.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        _check_env_file()
        in_file = dotenv_values(env_file())
        given_in = dict.fromkeys(in_file, env_file().name) | dict.fromkeys(os.environ, "environment")
        tell_misspelt([variable(settings, field) for field in settings.model_fields], given_in)
        secrets = _secrets_from_files(settings, in_file | os.environ)
        return settings(_env_file=env_file(), **(secrets | given))
    except UnicodeDecodeError:
        raise SettingError(f"{env_file().name}: is not UTF-8 text; save it as UTF-8") from None
    except ValidationError as error:
        raise SettingError(
            "; ".join(_in_words(settings, fault, given, options or {}) for fault in error.errors())
        ) from None


def env_file() -> Path:
    """Return the path of the file that is read besides the environment."""
    return Path(os.environ.get("ENV_FILE") or ".env")


def variable(settings: type[BaseSettings], field: str) -> str:
    """Return the environment variable that sets a field.

    >>> variable(TopicSettings, "trades_topic"), variable(KafkaSettings, "bootstrap_servers")
    ('input', 'KAFKA_BOOTSTRAP_SERVERS')
    """
    info = settings.model_fields.get(field)
    if info is None:
        return field
    if isinstance(info.validation_alias, str):
        return info.validation_alias
    return (settings.model_config.get("env_prefix", "") + field).upper()


def _check_env_file() -> None:
    """Refuse lines that set nothing, which python-dotenv would pass over; not shown, for they may hold a secret."""
    path = env_file()
    if not path.is_file():
        if os.environ.get("ENV_FILE"):
            raise SettingError(f"ENV_FILE={path}: is not a file; correct or unset it")
        return
    with path.open(encoding="utf-8") as text:
        statements = list(parse_stream(text))
    # A name alone would even unset what an earlier line gives it.
    refused = [each.original for each in statements if each.error or (each.key is not None and each.value is None)]
    if refused:
        # A parsed statement includes the empty lines before it.
        lines = [each.line + each.string[: -len(each.string.lstrip())].count("\n") for each in refused]
        raise SettingError(
            f"{path.name}, line {', '.join(map(str, lines))}: is not NAME=VALUE; correct it (is a quote not closed?), "
            "or begin it with # to leave it out"
        )


def _secrets_from_files(settings: type[BaseSettings], known: Mapping[str, str | None]) -> dict[str, str]:
    secrets = {}
    for field, info in settings.model_fields.items():
        if info.annotation is not SecretStr:
            continue
        name = variable(settings, field) + "_FILE"
        path = known.get(name)
        if path:
            secrets[field] = _secret(name, Path(path))
    return secrets


def _secret(name: str, path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"{name}={path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingError(f"{name}={path}: is not UTF-8 text; write the secret into it and nothing else") from None
    if not secret:
        raise SettingError(f"{name}={path}: is empty; write the secret into it")
    return secret


def _in_words(settings: type[BaseSettings], fault: Any, given: Collection[str], options: Mapping[str, str]) -> str:
    why = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:
        return str(why)
    field = str(fault["loc"][0])
    info = settings.model_fields.get(field)
    value = "***" if info is not None and info.annotation is SecretStr else _shown(fault.get("input"))
    name = variable(settings, field)
    if field not in given:
        return f"{name}={value}{'' if os.environ.get(name) else f' in {env_file().name}'}: {why}"
    return f"{options[field]} {value}: {why}" if field in options else f"{name}={value} given by this program: {why}"


def _shown(value: object) -> object:
    """Return an invalid value without the credentials that an address may hold."""
    return f"***@{value.rpartition('@')[2]}" if isinstance(value, str) and "@" in value else value
