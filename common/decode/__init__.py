"""Market data files → prints, as columns.

`open_file` reads one file, `merged` several in time order. Everything that reads trades from files (producer, training,
back-test, explain) uses `merged`, so all see the same trades with the same ids in the same order.
"""

from common.decode.columns import Rejected
from common.decode.copies import distinct
from common.decode.file import TradeFile, open_file
from common.decode.folders import expand
from common.decode.merge import merged

__all__ = ["Rejected", "TradeFile", "distinct", "expand", "merged", "open_file"]
