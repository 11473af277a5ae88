"""The errors that a user can see, each with the exit code of the command.

PipelineError                 exit 1
├── SettingError              exit 2   an environment variable or option is wrong
├── InputError                exit 3   a file cannot be read as trades
│   ├── NoTradesSchemaError            the file carries no prints
│   └── IntegrityError                 the file is cut, corrupt or not what its checksum says
├── ServiceUnavailableError   exit 4   Kafka or Elasticsearch does not answer or refuses
├── MessageError              exit 1   a message on a topic cannot be processed (it goes to the dead letters)
├── ReplacedError             exit 1   another producer plays the same files (`producer.publisher`)
├── FaultyError               exit 1   a benchmark found something wrong, not only slow (`bench.faulty`)
├── PlayError                          the demo's producer has failed; exits with its code (`local.show`)
└── ModelError                exit 5   the model artefact is missing, of another kind or does not reproduce its card
"""

from typing import Literal


class PipelineError(Exception):
    """Base class of all errors of this project; its text is for the user and names a remedy."""

    exit_code = 1


class SettingError(PipelineError):
    """An environment variable or command-line option has an unusable value."""

    exit_code = 2


class InputError(PipelineError):
    """A file is missing, empty, of another format, or cannot be decoded."""

    exit_code = 3


class NoTradesSchemaError(InputError):
    """The file is valid but carries no prints."""


class IntegrityError(InputError):
    """The file is cut or corrupt, or does not match its checksum."""


class ServiceUnavailableError(PipelineError):
    """Kafka or Elasticsearch did not answer in the time allowed, or refused."""

    exit_code = 4


class MessageError(PipelineError):
    """A message on a topic does not fit its contract; `reason` is the stable code of its dead letter."""

    def __init__(self, text: str, reason: Literal["bad_field", "not_json"] = "bad_field") -> None:
        super().__init__(text)
        self.reason = reason


class ModelError(PipelineError):
    """The model artefact cannot be used with this version."""

    exit_code = 5
