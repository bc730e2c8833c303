using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Reports;

/// <summary>How old the newest backup of each configured repository is.</summary>
internal sealed class BackupReader(Reading reading, ConnectionHealth connections)
{
    private static readonly (string Tool, string Activity)[] Sources = [("Restic", "restic.check_age"), ("Borg", "borg.check_age")];

    public async Task<IReadOnlyList<BackupState>> ReadAsync(CancellationToken cancellationToken)
    {
        List<BackupState> states = [];
        foreach (var (tool, activity) in Sources)
        {
            foreach (var name in connections.List().Where(connection => connection.Tool == tool).Select(connection => connection.Name))
                states.Add(await ReadAsync(tool, name, activity, cancellationToken));
        }

        return states;
    }

    private async Task<BackupState> ReadAsync(string tool, string name, string activity, CancellationToken cancellationToken)
    {
        try
        {
            var output = await reading.PerformAsync(activity, new JsonObject { ["connection"] = name }, cancellationToken);
            var ages = output?["newest"] is JsonArray all
                ? all.OfType<JsonObject>().Select(one => $"{one["host"]} {Words((double?)one["hours"])} old")
                : [$"{Words((double?)output?["hours"])} old"];
            return new BackupState($"{tool} {name}", (bool?)output?["ok"] == true, string.Join(", ", ages) is { Length: > 0 } text ? text : "no backup");
        }
        catch (ActivityException exception)
        {
            return new BackupState($"{tool} {name}", false, exception.Message);
        }
    }

    internal static string Words(double? hours) => hours switch
    {
        null => "no backup,",
        >= 48 => string.Create(CultureInfo.InvariantCulture, $"{hours / 24:0} days"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{hours:0} h"),
    };
}

/// <param name="Ok">There is one, and it is young enough.</param>
internal sealed record BackupState(string Name, bool Ok, string Text);
