"""The generic REST interface."""

from kartotek.api.serving import blueprint as blueprint
