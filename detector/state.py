"""The folder of the state, marked with the changelog topic that it follows, so that it is not used with another one."""

from pathlib import Path

from common.errors import SettingError
from common.output import replacing
from common.reading import topic_ids
from common.settings import KafkaSettings


def mark(kafka: KafkaSettings, folder: Path, changelog: str) -> None:
    """Mark a folder with the id of its changelog topic; what Quix Streams keeps in it is an offset in that topic alone.

    Brokers that give topics no ids give them all the same one; there nothing is refused.

    Raises
    ------
    KafkaException
        If the broker does not answer.
    SettingError
        If the folder follows another topic, one that was deleted or is another broker's, or cannot be written.
    """
    topic, path = topic_ids(kafka, [changelog])[changelog], folder / f"{changelog}.id"
    if path.is_file():
        if path.read_text() != topic:
            raise SettingError(
                f"STATE_DIR={folder}: holds the state of another topic {changelog}, which was deleted or is another "
                "broker's. Delete the folder or name another one; the state is then read from the topic that is there, "
                "and symbols that it lacks are learned anew"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(topic)
