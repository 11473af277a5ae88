"""What remains after the faults, beside what a back-test of the same file gives."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Self

from local import reference

Documents = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Documents found, wanted, and what is wrong with them, in numbers."""

    found: int
    wanted: int
    lost: int
    doubled: int
    differing: int
    foreign: int

    @classmethod
    def of(cls, wanted: Documents, hits: list[tuple[str, dict[str, Any]]]) -> Self:
        """Compare documents, as Elasticsearch returns them, with those of `reference.documents`."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for _id, fields in hits:
            found[str(fields.get("anomaly_id"))].append(reference.comparable(fields))
        return cls(
            found=len(hits),
            wanted=len(wanted),
            lost=len(wanted.keys() - found.keys()),
            doubled=sum(len(documents) > 1 for documents in found.values()),
            differing=sum(any(each != wanted[key] for each in found[key]) for key in wanted.keys() & found.keys()),
            foreign=len(found.keys() - wanted.keys()),
        )

    @property
    def sound(self) -> bool:
        """Return whether the documents are exactly those that are wanted, of which there are some."""
        return self.wanted > 0 and not (self.lost or self.doubled or self.differing or self.foreign)

    def __str__(self) -> str:
        return (
            f"documents: {self.found} of {self.wanted}; lost {self.lost}, doubled {self.doubled}, "
            f"differing {self.differing}, foreign {self.foreign}"
        )
