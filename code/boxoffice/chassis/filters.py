"""Template filters that every page and mail may use."""

from django import template

from boxoffice.chassis.text import format_money, pounds

register = template.Library()
register.filter("money", format_money)
register.filter("pounds", pounds)
