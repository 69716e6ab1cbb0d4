"""Template filters that every page may use."""

from django import template

from monolith.utils import format_money, pounds

register = template.Library()
register.filter("money", format_money)
register.filter("pounds", pounds)
