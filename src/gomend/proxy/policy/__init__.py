"""What may be served by rule: age, licence, known vulnerabilities, somebody's own word; and what is worth saying beside an answer."""
