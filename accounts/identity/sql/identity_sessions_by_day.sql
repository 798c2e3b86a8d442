    SELECT (created_at AT TIME ZONE 'UTC')::date,
           CASE WHEN session_user = 'office_staff' THEN nullif(count(*) / ${fewest} * ${fewest}, 0) ELSE count(*) END
    FROM public.usersessions_usersession
    WHERE user_id = person GROUP BY 1 ORDER BY 1
