using Homelab.Engine.Api;
using Homelab.Engine.Controls;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>
/// Sees from the audit trail which lists became old. Whatever decides, asks, answers, changes or switches writes there in the same transaction, on every node, and its
/// end is found at once however long it is.
/// </summary>
internal sealed class AuditFollower(Database database, LiveSettings settings) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Dictionary<string, long> _last = [];
    private long? _sequence;

    public static IReadOnlyList<string> Kinds { get; } = ["approval", "audit", "change", "control", "decision"];

    public LiveProbe Probe(string kind) => kind == "control"
        ? new(kind, async cancellationToken => $"{await VersionAsync(kind, cancellationToken)} {await SurroundingsAsync(cancellationToken)}")
        : new(kind, cancellationToken => VersionAsync(kind, cancellationToken));

    private async Task<string> VersionAsync(string kind, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var last = await database.ReadAsync(session => session.ScalarAsync<long?>("SELECT MAX(sequence) FROM audit", null, cancellationToken), cancellationToken) ?? 0;
            if (_sequence is { } seen && last > seen)
            {
                var events = await database.ReadAsync(
                    async session => (await session.QueryAsync<string>("SELECT DISTINCT event FROM audit WHERE sequence > @seen AND sequence <= @last", new { seen, last }, cancellationToken)).ToList(),
                    cancellationToken);
                foreach (var touched in events.SelectMany(Touched).Append("audit").Distinct())
                    _last[touched] = last;
            }

            _sequence = last;
            return _last.GetValueOrDefault(kind).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private static string[] Touched(string name) => name.Split('.')[0] switch
    {
        "asked" or "approval" => ["approval", "decision"],
        "controls" => ["control", "approval"],
        "change" or "undo" => ["change", "decision", "control"],
        _ => ["decision"],
    };

    /// <summary>What is not in the trail: what is down, and the files in force here.</summary>
    private async Task<string> SurroundingsAsync(CancellationToken cancellationToken)
    {
        var down = await database.ReadAsync(
            async session => string.Join(',', await session.QueryAsync<string>("SELECT name FROM target_health ORDER BY name", null, cancellationToken)), cancellationToken);
        var (policy, preferences) = (settings.Policy, settings.Preferences);
        return $"{down} {(policy is null ? 0 : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(policy))} {(preferences is null ? 0 : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(preferences))} {string.Join(' ', settings.Problems)}";
    }
}
