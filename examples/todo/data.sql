-- Something to begin with.

WITH garden AS (
  INSERT INTO todo.list (title, owner, people) VALUES ('Garden', 'ada', '{ada,grace}') RETURNING id
)
INSERT INTO todo.item (list, title, due, done)
SELECT id, title, due, done FROM garden, (VALUES
  ('Water the tomatoes', current_date, false),
  ('Sow beans', current_date + 7, false),
  ('Sharpen the spade', NULL, true)
) AS item (title, due, done);

WITH books AS (
  INSERT INTO todo.list (title, owner, people) VALUES ('Books to read', 'grace', '{grace}') RETURNING id
)
INSERT INTO todo.item (list, title) SELECT id, 'Elements, by Euclid' FROM books;
