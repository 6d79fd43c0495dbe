"""A process that creates so many people in a site, one transaction each, and says how many were acknowledged."""

import sys
from pathlib import Path

from kartotek.model.actor import Actor
from kartotek.site import Site

site = Site(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    site.engine.create(Actor.system("test"), "person", {"name": f"Person {number}"})
print(sys.argv[2])
site.close()
