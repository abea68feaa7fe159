"""The template of a post: Jinja's language cut down to what a text needs, and what it may do.

Whatever a template holds, and whatever a feed says, rendering ends soon and needs little memory: see `sandbox`.
"""

from scheduler.rules.template.fields import EntryFields, Fields, TemplateFailed
from scheduler.rules.template.sample import template_problem
from scheduler.rules.template.sandbox import fields_used, render

__all__ = ["EntryFields", "Fields", "TemplateFailed", "fields_used", "render", "template_problem"]
