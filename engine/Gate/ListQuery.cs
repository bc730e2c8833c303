using Dapper;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>One page of a table and how many rows fit in all. Holds only the conditions that are asked for, so that an index can serve them.</summary>
internal sealed class ListQuery
{
    private readonly List<string> _conditions = [];
    private readonly DynamicParameters _parameters = new();

    /// <param name="column">Names here are ours, never from outside.</param>
    public ListQuery Is(string column, string? value) => string.IsNullOrWhiteSpace(value) ? this : Add($"{column} = @{column}", column, value.Trim());

    public ListQuery IsEither(string column, string other, string? value) => string.IsNullOrWhiteSpace(value) ? this : Add($"({column} = @{column} OR {other} = @{column})", column, value.Trim());

    public ListQuery Before(string column, string? value) => string.IsNullOrWhiteSpace(value) ? this : Add($"{column} < @before", "before", value.Trim());

    /// <summary>One of these; no condition where there are none.</summary>
    public ListQuery Among(string column, IEnumerable<string>? values)
    {
        string[] wanted = [.. values ?? []];
        foreach (var (value, index) in wanted.Select((value, index) => (value, index)))
            _parameters.Add($"{column}{index}", value);
        if (wanted.Length > 0)
            _conditions.Add($"{column} IN ({string.Join(", ", wanted.Select((_, index) => $"@{column}{index}"))})");
        return this;
    }

    public ListQuery Null(string column, bool wanted)
    {
        if (wanted)
            _conditions.Add($"{column} IS NULL");
        return this;
    }

    public ListQuery NotNull(string column, bool wanted)
    {
        if (wanted)
            _conditions.Add($"{column} IS NOT NULL");
        return this;
    }

    /// <summary>Part of one of the columns, upper and lower case alike.</summary>
    public ListQuery Holds(string? text, params string[] columns) => string.IsNullOrWhiteSpace(text)
        ? this
        : Add(
            $"({string.Join(" OR ", columns.Select(column => $@"lower({column}) LIKE @text ESCAPE '\'"))})",
            "text",
            "%" + text.Trim().ToLowerInvariant().Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal) + "%");

    public ListQuery Within(string column, DateTimeOffset? since, DateTimeOffset? until)
    {
        if (since is { } from)
            Add($"{column} >= @since", "since", from.ToUnixTimeMilliseconds());
        return until is { } to ? Add($"{column} < @until", "until", to.ToUnixTimeMilliseconds()) : this;
    }

    /// <param name="order">Columns with DESC, newest first.</param>
    public Task<ListPage<T>> PageAsync<T>(Database database, string table, string key, string order, int skip, int take, CancellationToken cancellationToken)
    {
        var where = _conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", _conditions)}";
        _parameters.Add("skip", skip);
        _parameters.Add("take", take);
        return database.ReadAsync(
            async session =>
            {
                var total = await session.ScalarAsync<long>($"SELECT COUNT(*) FROM {table} {where}", _parameters, cancellationToken);

                // The keys of the page come from an index; the wide rows are read for one page only.
                var rows = await session.QueryAsync<T>(
                    $"SELECT {Sql.Columns<T>()} FROM {table} WHERE {key} IN (SELECT {key} FROM {table} {where} ORDER BY {order} LIMIT @take OFFSET @skip) ORDER BY {order}",
                    _parameters, cancellationToken);
                return new ListPage<T>(rows.AsList(), total);
            },
            cancellationToken);
    }

    private ListQuery Add(string condition, string name, object value)
    {
        _conditions.Add(condition);
        _parameters.Add(name, value);
        return this;
    }
}

internal sealed record ListPage<T>(IReadOnlyList<T> Rows, long Total);
