"""A policy in sentences, as the person who wrote it would say it."""

from __future__ import annotations

from datetime import timedelta

from comptoir.pressure.caps import Cap, Per, Policy
from comptoir.pressure.quiet import Quiet
from comptoir.web.speech import Speech


def in_words(said: Speech, policy: Policy) -> list[str]:
    """Say a policy, a sentence for each of its rules. Order: as people think of them."""
    found = [cap_in_words(said, one) for one in policy.caps if not one.is_revealing]
    if policy.gap:
        found.append(said("pressure.says.gap", time=window(said, policy.gap)))
    found += [
        said("pressure.says.channel_gap", time=window(said, gap), channel=said.known("pressure.channel", channel))
        for channel, gap in policy.channel_gaps
    ]
    if policy.quiet is not None:
        found += _quiet(said, policy.quiet)
    found += [
        said("pressure.says.i_saw_you", count=one.count, time=window(said, one.window))
        for one in policy.caps
        if one.is_revealing
    ]
    if policy.look_ahead:
        found.append(said("pressure.says.look_ahead", time=window(said, policy.look_ahead)))
    if policy.universal_share:
        found.append(said("pressure.says.control", share=said.percent(policy.universal_share, 1)))
    return found


def cap_in_words(said: Speech, cap: Cap) -> str:
    """Say one cap."""
    words = [said.count("pressure.says.cap", cap.count), said("pressure.says.within", time=window(said, cap.window))]
    if cap.channel:
        words.append(said("pressure.says.on", channel=said.known("pressure.channel", cap.channel)))
    if cap.tag:
        words.append(said("pressure.says.about", tag=cap.tag))
    if cap.per is not Per.BOTH:
        words.append(said(f"pressure.says.per_{cap.per.value}"))
    if cap.across_brands:
        words.append(said("pressure.says.across"))
    return " ".join(words)


def window(said: Speech, time: timedelta) -> str:
    """Say a length of time in whole days where it is some, else in hours."""
    hours = time / timedelta(hours=1)
    if hours >= 48 and hours % 24 == 0:
        return said.count("span.day", round(hours / 24))
    return f"{said.number(hours, 0 if hours == int(hours) else 1)} h"


def _quiet(said: Speech, quiet: Quiet) -> list[str]:
    found = []
    if quiet.begins != quiet.ends:
        found.append(said("pressure.says.night", begins=f"{quiet.begins:%H:%M}", ends=f"{quiet.ends:%H:%M}"))
    days = [said(f"pressure.says.{name}") for name in ("sundays", "holidays") if getattr(quiet, name)]
    if days:
        found.append(said("pressure.says.days", days=said("pressure.says.and").join(days)))
    if found and quiet.channels:
        named = ", ".join(said.known("pressure.channel", one) for one in sorted(quiet.channels))
        found.append(said("pressure.says.quiet_on", channels=named))
    return found
