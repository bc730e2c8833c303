using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>
/// The one place that executes activities. A step with an effect passes only when the database says that an authorization was used for exactly this attempt, with these
/// parameters, and that nothing is stopped: read now, at the moment of dispatch, whatever the caller believes. How it ended goes into the change log before the caller
/// learns it.
/// </summary>
internal sealed class EffectDoor(Database database, HashKey key, ChangeLog changes, EmergencyStop stop, TimeProvider time)
{
    /// <exception cref="GateClosedException">It has an effect and nothing allows it (any more). Nothing was done.</exception>
    public async Task<JsonNode?> ExecuteAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (context.DryRun || invoker.EffectOf(input) == Effect.None)
            return await invoker.ExecuteAsync(input, context, cancellationToken);

        var authorization = await VerifyAsync(invoker.Descriptor, input, context, cancellationToken);
        using var halted = stop.Link(cancellationToken);
        JsonNode? output;
        try
        {
            output = await invoker.ExecuteAsync(input, context, halted.Token);
        }
        catch (Exception exception)
        {
            // Whether it happened is not known when it was cut off in the middle: the probe tells, or a person.
            var cut = exception is OperationCanceledException;
            await changes.EndAsync(authorization.Id, cut ? "inDoubt" : "failed", cut ? "It was halted while it ran." : exception.Message, null, CancellationToken.None);
            if (cut && !cancellationToken.IsCancellationRequested)
                throw new GateClosedException($"{invoker.Descriptor.Id} was halted by the emergency stop while it ran; whether it happened is not known.");
            throw;
        }

        await changes.EndAsync(authorization.Id, "succeeded", null, UndoOf(invoker, input, output), CancellationToken.None);
        return output;
    }

    /// <summary>What recovery learned of an attempt that was begun and of which nothing more is known.</summary>
    public async Task SettleAsync(string runId, string stepId, int attempt, Probe probe, CancellationToken cancellationToken)
    {
        if (await FindAsync(Authorizations.UsedBy(runId, stepId, attempt), cancellationToken) is not { } authorization)
            return;
        var (result, message) = probe switch
        {
            Probe.Happened => ("succeeded", "It was interrupted; looking showed that it had happened."),
            Probe.DidNotHappen => ("failed", "It was interrupted; looking showed that it had not happened."),
            _ => ("inDoubt", "It was interrupted, and whether it happened cannot be known."),
        };
        await changes.EndAsync(authorization.Id, result, message, null, cancellationToken);
    }

    private async Task<AuthorizationRow> VerifyAsync(ActivityDescriptor descriptor, JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        var hashed = PlannedStep.Hashed(descriptor, input, await key.ReadAsync(cancellationToken));
        var parameters = PlannedStep.HashOf(hashed);
        var usedBy = Authorizations.UsedBy(context.RunId, context.StepId, context.Attempt);
        var (row, stopped) = await database.ReadAsync(
            async session => (
                await FindAsync(session, usedBy, cancellationToken),
                await session.ScalarAsync<long>("SELECT COUNT(*) FROM controls WHERE name IN ('stop', 'pause') AND value <> 'off'", null, cancellationToken) > 0),
            cancellationToken);
        var problem = row switch
        {
            null => "no authorization was used for it",
            _ when row.ActivityId != descriptor.Id => $"its authorization is for {row.ActivityId}",
            _ when row.ParametersHash != parameters => "its parameters are not the ones that were allowed",
            _ when row.Result != "started" => $"its authorization was used and ended before ({row.Result})",
            _ when row.ExpiresAt <= time.GetUtcNow().ToUnixTimeMilliseconds() => "its authorization expired before it began",
            _ when stopped => "everything was stopped or paused meanwhile",
            _ => null,
        };
        if (problem is null)
            return row!;
        if (row is { Result: "started" } && row.ActivityId == descriptor.Id)
            await changes.EndAsync(row.Id, "failed", $"It was not begun: {problem}.", null, cancellationToken);
        throw new GateClosedException($"{descriptor.Id} in step {context.StepId} of run {context.RunId} was not executed: {problem}.");
    }

    private static UndoStep? UndoOf(IActivityInvoker invoker, JsonElement input, JsonNode? output)
    {
        try
        {
            return invoker.Undo(input, output);
        }
        catch (Exception exception) when (exception is JsonException or ActivityException or InvalidOperationException)
        {
            // It was done; that it cannot be taken back is said in the change log, and must not make it look undone.
            return null;
        }
    }

    private Task<AuthorizationRow?> FindAsync(string usedBy, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindAsync(session, usedBy, cancellationToken), cancellationToken);

    private static Task<AuthorizationRow?> FindAsync(DatabaseSession session, string usedBy, CancellationToken cancellationToken) =>
        session.QueryFirstOrDefaultAsync<AuthorizationRow>(
            $"SELECT {Sql.Columns<AuthorizationRow>()} FROM authorizations WHERE used_by = @usedBy ORDER BY CASE WHEN result = 'started' THEN 0 ELSE 1 END, id DESC LIMIT 1", new { usedBy }, cancellationToken);
}
