using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Postgres;

[Activity(
    "postgres.change_setting", "Change setting", "Changes a setting of the server by ALTER SYSTEM and makes it read its configuration; one that needs a restart is refused.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class ChangeSetting(PostgresClients clients) : IEffectActivity<ChangeSetting.Input, ChangeSetting.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await SettingAsync(client, input.Setting, cancellationToken);
        if (before.Context is "internal" or "postmaster")
            throw new ActivityException($"Setting '{input.Setting}' counts only after a restart; it is not changed this way.", retryable: false);
        var statement = input.Value is null
            ? await client.ReadOneAsync("SELECT format('ALTER SYSTEM RESET %I', @name)", row => row.GetString(0), cancellationToken, ("name", input.Setting))
            : await client.ReadOneAsync("SELECT format('ALTER SYSTEM SET %I = %L', @name, @value)", row => row.GetString(0), cancellationToken, ("name", input.Setting), ("value", input.Value));
        await client.ChangeAsync(statement, cancellationToken);
        await client.ChangeAsync("SELECT pg_reload_conf()", cancellationToken);
        return new() { Before = before.Value, SetBefore = before.SetBySystem ? before.Value : null };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await SettingAsync(client, input.Setting, cancellationToken);
        return new("setting", $"postgres:{client.Name}/setting/{input.Setting}", input.Setting);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var now = await SettingAsync(client, input.Setting, cancellationToken);
        return (input.Value is null ? !now.SetBySystem : now.SetBySystem && now.Value == input.Value) ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("postgres.change_setting", input with { Value = output.SetBefore });

    /// <summary>What ALTER SYSTEM wrote is read from its file: the value in force may come from elsewhere.</summary>
    private static async Task<(string Value, string Context, bool SetBySystem)> SettingAsync(PostgresClient client, string name, CancellationToken cancellationToken)
    {
        var found = await client.ReadAsync(
            """
            SELECT current_setting(s.name), s.context, f.setting FROM pg_settings s
            LEFT JOIN pg_file_settings f ON f.name = s.name AND f.sourcefile LIKE '%postgresql.auto.conf' WHERE s.name = @name
            """,
            row => (Value: row.IsDBNull(2) ? row.GetString(0) : row.GetString(2), row.GetString(1), !row.IsDBNull(2)), cancellationToken, ("name", name));
        return found.Count > 0 ? found[0] : throw new ActivityException($"PostgreSQL '{client.Name}' has no setting '{name}'.", retryable: false);
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Name of the setting.")]
        [RegularExpression("[a-z_][a-z0-9_.]*")]
        [Example("work_mem")]
        public required string Setting { get; init; }

        [Description("New value with its unit, such as 8MB; when empty, ALTER SYSTEM's value is taken away.")]
        [StringLength(1000)]
        [Example("8MB")]
        public string? Value { get; init; }
    }

    internal sealed record Output
    {
        [Description("Value in force before.")]
        public required string Before { get; init; }

        [Description("Value that ALTER SYSTEM had set before; empty when it had set none.")]
        public string? SetBefore { get; init; }
    }
}
