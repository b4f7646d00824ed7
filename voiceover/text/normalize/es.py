"""Spanish words for the ear: numbers, dates, times, currency, percent and measures."""

from __future__ import annotations

from voiceover.text.normalize.continental import Grammar, rules_for
from voiceover.text.normalize.rules import Rule

GRAMMAR = Grammar(
    code="es",
    number="spellout-numbering",
    masculine="spellout-cardinal-masculine",
    feminine="spellout-cardinal-feminine",
    year="spellout-numbering",
    ordinals={
        **dict.fromkeys((".º", "º", "o", ".o", "°"), "spellout-ordinal-masculine"),
        **dict.fromkeys((".ª", "ª", "a", ".a"), "spellout-ordinal-feminine"),
        **dict.fromkeys((".er", "er", "ᵉʳ"), "spellout-ordinal-masculine-adjective"),
    },
    ordinal_pattern=r"(?<![\w.,])(?P<number>\d{1,6})(?P<end>\.?[ºª]|\.er|er|ᵉʳ)(?!\w)",
    comma="coma",
    minus="menos",
    plus="más",
    to="a",
    percent="por ciento",
    months=("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    first_day="uno",
    day="spellout-numbering",
    date="{day} de {month} de {year}",
    day_before_month=" de ",
    date_words="{day} de {month}",
    hour="{hour} en punto",
    hour_minutes="{hour} y {minutes}",
    hour_pattern=" ?h",
    currencies={
        "€": ("m", "euro", "euros", "céntimo", "céntimos"),
        "EUR": ("m", "euro", "euros", "céntimo", "céntimos"),
        "$": ("m", "dólar", "dólares", "centavo", "centavos"),
        "£": ("f", "libra", "libras", "penique", "peniques"),
    },
    money="{whole} con {part}",
    scales={
        "millón": ("millón", "millones", "de"),
        "millones": ("millón", "millones", "de"),
        "mil": ("mil", "mil", ""),
    },
    units={
        "km": ("m", "kilómetro", "kilómetros"),
        "m": ("m", "metro", "metros"),
        "cm": ("m", "centímetro", "centímetros"),
        "mm": ("m", "milímetro", "milímetros"),
        "kg": ("m", "kilogramo", "kilogramos"),
        "g": ("m", "gramo", "gramos"),
        "l": ("m", "litro", "litros"),
        "km/h": ("m", "kilómetro por hora", "kilómetros por hora"),
        "m²": ("m", "metro cuadrado", "metros cuadrados"),
        "°C": ("m", "grado Celsius", "grados Celsius"),
        "°": ("m", "grado", "grados"),
        "GB": ("m", "gigabyte", "gigabytes"),
        "MB": ("m", "megabyte", "megabytes"),
        "min": ("m", "minuto", "minutos"),
        "kWh": ("m", "kilovatio hora", "kilovatios hora"),
    },
    one={"m": "un", "f": "una", "scale": "un", "hour": "una", "percent": "uno"},
    abbreviations={
        "Sr.": "señor",
        "Sra.": "señora",
        "Srta.": "señorita",
        "Dr.": "doctor",
        "Dra.": "doctora",
        "p. ej.": "por ejemplo",
        "EE. UU.": "Estados Unidos",
        "EE.UU.": "Estados Unidos",
        "núm.": "número",
        "aprox.": "aproximadamente",
        "etc.": "etcétera.",
    },
)
LANGUAGE_RULES: tuple[Rule, ...] = rules_for(GRAMMAR)
