using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Reports;

/// <summary>How old the newest backup of each configured repository is. Reads only: the door is shut.</summary>
internal sealed class BackupReader(ActivityCatalog catalog, EffectDoor door, ConnectionHealth connections, TimeProvider time, ILogger<BackupReader> logger)
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
        if (!catalog.TryFind(activity, out var invoker))
            return new BackupState($"{tool} {name}", false, $"{activity} is not known here.");
        var context = new ActivityContext { RunId = "backups", StepId = activity, IdempotencyKey = $"backups/{tool}/{name}", DryRun = true, Time = time, Logger = logger };
        try
        {
            var output = await door.ExecuteAsync(invoker, JsonSerializer.SerializeToElement(new { connection = name }), context, cancellationToken);
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
