"""Requests as dspy hands them to an engine."""

import dspy


def asking(*, system=None, user="hi", **config):
    return dspy.lm15.Request(
        model="engine/m",
        system=system,
        messages=(dspy.lm15.Message.user(user),),
        config=dspy.lm15.Config(max_tokens=9, **config),
    )


HI = asking()
