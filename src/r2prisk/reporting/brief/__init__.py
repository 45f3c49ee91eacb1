"""The country brief: two pages on one country, for the public, for partners or for those inside."""

from r2prisk.reporting.brief.make import CountryBrief, country_brief

__all__ = ["CountryBrief", "country_brief"]
