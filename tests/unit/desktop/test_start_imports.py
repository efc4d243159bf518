"""What the app loads at its start, and what it does not: each thing named here cost megabytes or a part of the first paint."""

import json
import subprocess
import sys

SCRIPT = """
import json, linecache, sys
from chinwag_desktop.app.source_scan import stop_source_scan
stop_source_scan()
import chinwag_desktop.app.run
before = [name for name in sys.modules if name.split(".")[0] in ("httpx", "aiohttp", "socketio", "engineio", "keyring")]
from chinwag_desktop.net import preload
preload.load()
ours = [name for name in linecache.cache if name.endswith(".py") and ("chinwag_desktop" in name or "aiohttp" in name)]
print(json.dumps({"before": before, "sources": ours, "loaded": sorted({"click", "rich", "redis", "httpx"} & set(sys.modules))}))
"""


def test_the_start_reads_no_sources_and_loads_the_network_later_and_only_what_it_needs():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told == {"before": [], "sources": [], "loaded": ["httpx"]}
