using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Telegram;

/// <summary>What somebody asked for, while it is done: the first line says what, the rest how it stands.</summary>
internal sealed class RunCard(ActivityRuns activities, Dispatch.Runs runs, Database database)
{
    /// <param name="plan">A run of a plan, which reports its own outcome.</param>
    public async Task<(CardContent Content, bool Final)> MakeAsync(CardContent before, RunId run, bool plan, CancellationToken cancellationToken)
    {
        var (state, final) = plan ? await PlanAsync(run, cancellationToken) : await ActivityAsync(run, cancellationToken);
        return (before with { Lines = [before.Lines.Count > 0 ? before.Lines[0] : "", .. state], Buttons = [] }, final);
    }

    private async Task<(IReadOnlyList<string> Lines, bool Final)> ActivityAsync(RunId run, CancellationToken cancellationToken)
    {
        if (await activities.WaitAsync(run, TimeSpan.Zero, cancellationToken) is not { } now)
            return (["⏳ It begins."], false);
        return now.State switch
        {
            ActivityRun.Done => (["✔️ Done.", .. now.Output is { } output && output.ToJsonString() is { Length: > 2 } text ? new[] { Html.Code(text) } : []], true),
            ActivityRun.Failed => ([$"⚠️ Failed: {Html.Text(now.Message)}"], true),
            ActivityRun.Refused => ([$"⛔ Not done: {Html.Text(now.Message)}"], true),
            ActivityRun.Waits => ([$"❓ Waits for an answer: {Html.Text(now.Message)}"], false),
            _ => ([$"⏳ {Html.Text(now.Progress?.Message ?? "It is being done.")}"], false),
        };
    }

    private async Task<(IReadOnlyList<string> Lines, bool Final)> PlanAsync(RunId run, CancellationToken cancellationToken)
    {
        if (await runs.StateAsync(run, cancellationToken) is not { } state)
            return (["⏳ It begins."], false);
        if (state.Status == RunStatus.Finished)
        {
            var said = await database.ReadAsync(session => session.ScalarAsync<string>("SELECT text FROM notices WHERE id = @id", new { id = $"plan-{run.Value}" }, cancellationToken), cancellationToken);
            return ([Html.Text(said ?? state.Incidents.LastOrDefault()?.Message ?? "It ended.")], true);
        }

        return (state.Bookmarks.Exists(bookmark => bookmark.Name == "Homelab.Approval") ? ["❓ Waits for an answer."] : ["⏳ It is being done."], false);
    }
}
