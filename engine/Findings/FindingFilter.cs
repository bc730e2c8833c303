using System.Text;
using Dapper;

namespace Homelab.Engine.Findings;

/// <summary>Which findings: what is not given does not count.</summary>
internal sealed record FindingFilter
{
    public string? Area { get; init; }

    public string? Class { get; init; }

    public string? Severity { get; init; }

    public string? State { get; init; }

    /// <summary>At least as urgent, as syslog counts.</summary>
    public int? Level { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>Each of these: one of its words is in title, text, service, source or evidence.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Words { get; init; } = [];

    public (string Where, DynamicParameters Parameters) Sql()
    {
        var (where, parameters) = (new StringBuilder("WHERE 1 = 1"), new DynamicParameters());
        Add("area = @Area", nameof(Area), Area);
        Add("class = @Class", nameof(Class), Class);
        Add("severity = @Severity", nameof(Severity), Severity);
        Add("state = @State", nameof(State), State);
        Add("level <= @Level", nameof(Level), Level);
        Add("last_at >= @Since", nameof(Since), Since?.ToUnixTimeMilliseconds());
        Add("first_at < @Until", nameof(Until), Until?.ToUnixTimeMilliseconds());
        for (var group = 0; group < Words.Count; group++)
        {
            var alternatives = Words[group].Select((word, i) =>
            {
                parameters.Add($"w{group}_{i}", $"%{word.ToLowerInvariant().Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%");
                return $@"lower(title || ' ' || text || ' ' || service || ' ' || source || ' ' || evidence) LIKE @w{group}_{i} ESCAPE '\'";
            });
            where.Append(" AND (").AppendJoin(" OR ", alternatives).Append(')');
        }

        return (where.ToString(), parameters);

        void Add(string condition, string name, object? value)
        {
            if (value is null or "")
                return;
            where.Append(" AND ").Append(condition);
            parameters.Add(name, value);
        }
    }
}
