SELECT name, SUM(pgsize)
FROM dbstat
WHERE aggregate = TRUE
GROUP BY name
