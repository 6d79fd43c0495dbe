"""What can become of a message or webhook, in sentences; `{name}` stands for a parameter. Pages translate these texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "sent": "It was sent.",
        "quiet": "It waits until the quiet hours end at {until}.",
        "late": "It would have come much too late, with many others: say whether it is still to be sent.",
        "released": "It was released.",
        "resent": "It is to be sent again.",
        "dropped": "It was dropped.",
        "kept": "The channel {name} keeps it here and sends nothing.",
        "no_channel": "The site has no channel {name}.",
        "no_endpoint": "The site has no endpoint {name}.",
        "no_template": "There is no message {name} about such records.",
        "record_gone": "The record it is about is not there any more.",
        "no_recipient": "Nobody is there any more to get it.",
        "no_address": "There is no address for the channel {name}.",
        "no_consent": "There is no consent to it.",
        "restricted": "The person is restricted: nothing about her is sent.",
        "no_secret": "The secret {name} is missing: its file is not in the site's folder of secrets, or empty.",
        "secret_of_other": "The secret {name} was given for {known} and is sent to nobody else.",
        "bad_url": "The declared address is none that can be called.",
        "bad_host": "{host} is not a host's name.",
        "bad_address": "The address of the sender or of the recipient cannot be used.",
        "host_refused": "{host} is on this machine or in a private network, which is not allowed here.",
        "port_refused": "No web server answers at port {port}.",
        "no_host": "The host {host} is not known.",
        "not_reached": "The host {host} could not be reached.",
        "not_answered": "The host {host} gave no answer.",
        "timed_out": "The host {host} did not answer in time.",
        "certificate": "The certificate of {host} is not valid.",
        "login_refused": "The host {host} refused the user or the password.",
        "not_offered": "The host {host} does not offer what the channel needs.",
        "mail_refused": "The mail server refused it ({status}).",
        "answered": "The answer was {status}.",
        "broken": "Whoever tried to send it failed each time; the log of the server says why.",
        "message_too_large": "It is larger than {limit} bytes.",
    }
)
