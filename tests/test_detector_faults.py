"""What ended the stream is told apart: what Kafka reported, what needs the operator, and faults of the program."""

from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException
from quixstreams.exceptions import PartitionAssignmentError
from quixstreams.kafka.exceptions import KafkaProducerDeliveryError
from quixstreams.state.exceptions import InvalidChangelogOffset, InvalidStoreChangelogOffset
from quixstreams.state.rocksdb import RocksDBOptions, RocksDBStorePartition

from common.errors import SettingError
from detector.faults import explained, reported

LATE = KafkaError(KafkaError._MSG_TIMED_OUT)


def led_to(cause: BaseException, error: Exception) -> Exception:
    try:
        raise error from cause
    except type(error) as raised:
        return raised


@pytest.mark.parametrize(
    "error",
    [
        KafkaException(LATE),
        KafkaProducerDeliveryError(LATE),
        led_to(KafkaException(LATE), PartitionAssignmentError("Error during partition assignment")),
    ],
    ids=["the client's own", "wrapped", "in a rebalance"],
)
def test_what_kafka_reported_is_found_in_every_wrapping(error: Exception) -> None:
    found = reported(error)

    assert found is not None
    assert found.code() == KafkaError._MSG_TIMED_OUT
    assert explained(error) is None


def test_a_fault_of_the_program_is_neither() -> None:
    error = led_to(KeyError("x"), PartitionAssignmentError("Error during partition assignment"))

    assert reported(error) is None
    assert explained(error) is None


def test_a_state_that_another_process_holds_names_its_folder(tmp_path: Path) -> None:
    held = [RocksDBStorePartition(str(tmp_path))]

    with pytest.raises(Exception, match=r"^IO error.*lock") as refused:
        held.append(RocksDBStorePartition(str(tmp_path), RocksDBOptions(open_max_retries=0)))

    error = explained(led_to(refused.value, PartitionAssignmentError("Error during partition assignment")))
    assert isinstance(error, SettingError)
    assert str(error).startswith("STATE_DIR: the state cannot be kept there (")


@pytest.mark.parametrize("kind", [InvalidChangelogOffset, InvalidStoreChangelogOffset])
def test_a_state_that_is_ahead_of_its_topic_names_its_folder(kind: type[Exception]) -> None:
    error = explained(kind("lower than already saved one"))

    assert isinstance(error, SettingError)
    assert str(error).startswith("STATE_DIR: holds the state of another changelog topic (lower than")


def test_a_folder_on_a_disk_that_cannot_be_written_is_named() -> None:
    error = explained(led_to(OSError("Read-only file system (os error 30)"), PartitionAssignmentError("Error")))

    assert str(error).startswith("STATE_DIR: the state cannot be kept there (Read-only file system")
