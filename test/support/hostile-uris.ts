/** URIs, by WAMP's loose rules, that would drop the table `canary` if they became SQL at any place. */
export const hostileUris: readonly string[] = [
  `');DROP/**/TABLE/**/canary;--`,
  `';DROP/**/TABLE/**/canary;--`,
  `";DROP/**/TABLE/**/canary;--`,
  `\\';DROP/**/TABLE/**/canary;--`,
  `\\\\';DROP/**/TABLE/**/canary;--`,
  `$$;DROP/**/TABLE/**/canary;--`,
  `$1);DROP/**/TABLE/**/canary;--`,
  `$body$;DROP/**/TABLE/**/canary;--$body$`,
  `*/;DROP/**/TABLE/**/canary;/*`,
  `;DROP/**/TABLE/**/canary`,
  `E'\\'';DROP/**/TABLE/**/canary;--`,
  `U&"\\0027";DROP/**/TABLE/**/canary;--`,
  `\u2019);DROP/**/TABLE/**/canary;--`,
  `\ufe52\u02bc');DROP/**/TABLE/**/canary;--`,
  `{"'":"';DROP/**/TABLE/**/canary;--"}`,
  `%I%L%s%%`,
  `\u00fcber.\u{1f600}.\u202e.\u0301`,
  `''.""."\\".$.;`,
].map((end) => `com.example.${end}`);

/** SQL that makes the table `canary`, which role crossbar could drop. */
export const canary = 'CREATE TABLE canary (alive boolean); ALTER TABLE canary OWNER TO crossbar;';
