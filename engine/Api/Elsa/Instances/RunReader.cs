using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>Reads a run's journal whole, within a limit, and what follows from it.</summary>
internal sealed class RunReader(Dispatch.Runs runs, DefinitionCatalog definitions)
{
    /// <summary>Enough for the graph; a longer journal is read page by page in the journal's own list.</summary>
    private const int Limit = 20_000;

    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(RunId run, CancellationToken cancellationToken)
    {
        List<JournalEntry> entries = [];
        while (entries.Count < Limit)
        {
            var page = await runs.JournalAsync(run, entries.Count == 0 ? 0 : entries[^1].Sequence, 1000, cancellationToken);
            entries.AddRange(page.Items);
            if (page.Items.Count < 1000)
                break;
        }

        return entries;
    }

    public async Task<(RunState State, IReadOnlyList<ActivityExecution> Executions)?> FindAsync(RunId run, CancellationToken cancellationToken) =>
        await runs.StateAsync(run, cancellationToken) is { } state
            ? (state, ActivityExecutions.Of(await JournalAsync(run, cancellationToken), state.Bookmarks, (await definitions.FindVersionAsync(state.DefinitionVersionId, cancellationToken))?.Definition))
            : null;
}
