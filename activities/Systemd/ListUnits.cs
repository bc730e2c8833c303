using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Systemd;

[Activity("systemd.list_units", "List units", "Lists units of a machine; with state failed, the ones that need a look.")]
internal sealed class ListUnits(Units units) : IActivity<ListUnits.Input, ListUnits.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await units.OpenAsync(input.Connection, context, cancellationToken);
        List<string> words = ["systemctl", "list-units", "--all", "--plain", "--no-legend", "--full", $"--type={input.UnitType}"];
        if (input.State is { Length: > 0 } state)
            words.Add($"--state={state}");
        var answer = await host.ReadAsync(new(words), cancellationToken);
        return new() { Units = [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read).OfType<Unit>()] };
    }

    private static Unit? Read(string line) => line.Split(' ', 5, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) switch
    {
        [var name, var loaded, var active, var sub, .. var rest] => new(name, loaded, active, sub, rest.FirstOrDefault() ?? ""),
        _ => null,
    };

    internal sealed record Input : ConnectedInput
    {
        [Description("Kind of unit: service, timer, socket, mount, ...")]
        [RegularExpression("[a-z]+")]
        public string UnitType { get; init; } = "service";

        [Description("Only units in this state: failed, active, inactive, ...")]
        [RegularExpression("[a-z-]*")]
        public string? State { get; init; }
    }

    internal sealed record Output
    {
        [Description("The units found.")]
        public required IReadOnlyList<Unit> Units { get; init; }
    }

    internal sealed record Unit(string Name, string Loaded, string Active, string Sub, string Description);
}
