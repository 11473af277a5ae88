"""Reads the JSON report of pip-audit: fails on a known vulnerability, and says when nothing could be looked up.

Usage: python .ci/audit.py REPORT.json
"""

import json
import sys
from pathlib import Path


def main(report: str) -> int:
    """Print what was audited; return 1 if anything is vulnerable."""
    packages = json.loads(Path(report).read_text())["dependencies"]
    audited = [package for package in packages if "skip_reason" not in package]
    vulnerable = [package for package in audited if package["vulns"]]
    if not audited:
        sys.stdout.write(
            f"The vulnerability database cannot be reached: none of {len(packages)} packages was audited.\n"
        )
        return 0
    sys.stdout.write(f"{len(audited)} of {len(packages)} packages audited, {len(vulnerable)} vulnerable\n")
    for package in vulnerable:
        ids = ", ".join(fault["id"] for fault in package["vulns"])
        sys.stdout.write(f"  {package['name']} {package['version']}: {ids}\n")
    return int(bool(vulnerable))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
