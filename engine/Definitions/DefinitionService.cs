using System.Text.Json.Nodes;
using Homelab.Engine.Storage;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>
/// Drafts, versions and publishing (FORMATS 2.9). One draft at most, and it is the latest version; saving over a version that was published or run makes the next one.
/// Such versions never change, so a run keeps the steps it started with, and its graph shows them. Every change is one transaction and is seen by <see cref="DefinitionCatalog"/> before the call returns.
/// </summary>
internal sealed class DefinitionService(Database database, DefinitionCatalog catalog, DefinitionChecks checks, TimeProvider time)
{
    public Task<StoredDefinition?> FindAsync(string definitionId, VersionOptions versions, CancellationToken cancellationToken) =>
        database.ReadAsync(session => DefinitionStore.FindAsync(session, definitionId, versions, cancellationToken), cancellationToken);

    public Task<StoredDefinition?> FindVersionAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(session => DefinitionStore.FindVersionAsync(session, id, cancellationToken), cancellationToken);

    public Task<DefinitionPage> ListAsync(DefinitionQuery query, CancellationToken cancellationToken) =>
        database.ReadAsync(session => DefinitionStore.ListAsync(session, query, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<StoredDefinition>> VersionsAsync(string definitionId, CancellationToken cancellationToken) =>
        database.ReadAsync(session => DefinitionStore.AllAsync(session, "definition_id = @definitionId", new { definitionId }, cancellationToken), cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.ScalarAsync<long>("SELECT COUNT(DISTINCT definition_id) FROM workflow_definitions", new { }, cancellationToken), cancellationToken);

    /// <summary>Names are compared without regard to case; a definition does not stand in its own way.</summary>
    public async Task<bool> IsNameUniqueAsync(string name, string? definitionId, CancellationToken cancellationToken) => 0 == await database.ReadAsync(
        session => session.ScalarAsync<long>("SELECT COUNT(*) FROM workflow_definitions WHERE is_latest = 1 AND LOWER(name) = @name AND definition_id <> @definitionId",
            new { name = name.Trim().ToLowerInvariant(), definitionId = definitionId ?? "" }, cancellationToken),
        cancellationToken);

    /// <summary>Saves the draft, and publishes it if asked to. Flags, id and version of <paramref name="definition"/> count only for a definition that is new.</summary>
    public async Task<DefinitionChange> SaveAsync(WorkflowDefinition definition, bool publish, CancellationToken cancellationToken, DefinitionSource? source = null)
    {
        // Studio was shown placeholders for what is not installed; what they stand for is kept.
        definition = definition with { Root = MissingActivity.Restore(definition.Root) };
        var problems = publish ? checks.BeforePublish(definition, catalog.Current) : checks.BeforeSave(definition);
        if (problems.Count > 0)
            return new DefinitionChange.Invalid(problems);
        var now = time.GetUtcNow();
        var change = await database.WriteAsync(
            async session =>
            {
                var latest = await DefinitionStore.FindAsync(session, definition.DefinitionId, VersionOptions.Latest, cancellationToken);
                if (latest is { IsReadonly: true } && source is null)
                    return new DefinitionChange.Invalid([$"The workflow '{latest.Name ?? latest.DefinitionId}' is read-only. Duplicate it and change the copy."]);
                var draft = latest is null
                    ? await NewAsync(session, definition, now, cancellationToken)
                    : Next(latest, definition, now);
                if (latest is not null && draft.Id != latest.Id)
                    await session.ExecuteAsync("UPDATE workflow_definitions SET is_latest = 0 WHERE definition_id = @DefinitionId AND is_latest = 1", new { draft.DefinitionId }, cancellationToken);
                draft = draft with { SourceFile = source?.File ?? latest?.SourceFile };
                if (publish)
                    draft = await PublishAsync(session, draft, cancellationToken);
                await DefinitionStore.SaveAsync(session, draft, source?.Hash, cancellationToken);
                await TouchAsync(session, cancellationToken);
                return (DefinitionChange)new DefinitionChange.Done(draft);
            },
            cancellationToken);
        await catalog.RefreshAsync(cancellationToken);
        return change is DefinitionChange.Done done && publish ? await UpdateConsumersAsync(done, cancellationToken) : change;
    }

    /// <summary>Publishes the latest version if it has no problem.</summary>
    public async Task<DefinitionChange> PublishAsync(string definitionId, CancellationToken cancellationToken)
    {
        var latest = await FindAsync(definitionId, VersionOptions.Latest, cancellationToken);
        if (latest is null)
            return new DefinitionChange.NotFound();
        if (latest.IsPublished)
            return new DefinitionChange.Done(latest, AlreadyPublished: true);
        var problems = checks.BeforePublish(latest.Definition, catalog.Current);
        if (problems.Count > 0)
            return new DefinitionChange.Invalid(problems);
        var done = await ChangeLatestAsync(
            definitionId, (session, stored) => PublishAsync(session, stored with { UpdatedAt = time.GetUtcNow() }, cancellationToken), cancellationToken);
        return done is DefinitionChange.Done published ? await UpdateConsumersAsync(published, cancellationToken) : done;
    }

    /// <summary>Unpublishes: its triggers are off and it cannot be started as published; runs go on.</summary>
    public async Task<DefinitionChange> RetractAsync(string definitionId, CancellationToken cancellationToken)
    {
        var published = await FindAsync(definitionId, VersionOptions.Published, cancellationToken);
        if (published is null)
            return await FindAsync(definitionId, VersionOptions.Latest, cancellationToken) is { } latest
                ? new DefinitionChange.Invalid([$"The workflow '{latest.Name ?? definitionId}' is not published, so there is nothing to unpublish."])
                : new DefinitionChange.NotFound();
        var retracted = published with { Definition = published.Definition with { IsPublished = false }, UpdatedAt = time.GetUtcNow() };
        await database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync("UPDATE workflow_definitions SET is_published = 0 WHERE id = @Id", new { published.Id }, cancellationToken);
                await TouchAsync(session, cancellationToken);
                return true;
            },
            cancellationToken);
        await catalog.RefreshAsync(cancellationToken);
        return new DefinitionChange.Done(retracted);
    }

    /// <summary>Copies an older version into a new draft. An existing draft is replaced: it stays as a version.</summary>
    public async Task<DefinitionChange> RevertAsync(string definitionId, int version, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await database.WriteAsync(
            async session =>
            {
                var old = await DefinitionStore.FindAsync(session, definitionId, VersionOptions.Specific(version), cancellationToken);
                if (old is null)
                    return (DefinitionChange)new DefinitionChange.NotFound();
                var highest = await session.ScalarAsync<int>("SELECT MAX(version) FROM workflow_definitions WHERE definition_id = @definitionId", new { definitionId }, cancellationToken);
                await session.ExecuteAsync("UPDATE workflow_definitions SET is_latest = 0 WHERE definition_id = @definitionId AND is_latest = 1", new { definitionId }, cancellationToken);
                var draft = old with { Definition = old.Definition with { Id = NewId(now), Version = highest + 1, IsLatest = true, IsPublished = false }, UpdatedAt = now, IsFrozen = false };
                await DefinitionStore.SaveAsync(session, draft, null, cancellationToken);
                await TouchAsync(session, cancellationToken);
                return new DefinitionChange.Done(draft);
            },
            cancellationToken);
        await catalog.RefreshAsync(cancellationToken);
        return change;
    }

    /// <summary>All versions. Runs keep what they need of theirs in the catalogue until they end, see <see cref="DefinitionCatalog"/>. The number of versions that went.</summary>
    public Task<int> DeleteAsync(string definitionId, CancellationToken cancellationToken) => DeleteAsync("definition_id = @key", definitionId, cancellationToken);

    /// <summary>One version; if it was the latest, the highest that is left becomes that.</summary>
    public Task<int> DeleteVersionAsync(string id, CancellationToken cancellationToken) => DeleteAsync("id = @key", id, cancellationToken);

    /// <summary>Definitions whose latest version uses this one as an activity.</summary>
    public async Task<IReadOnlyList<StoredDefinition>> ConsumersAsync(string definitionId, CancellationToken cancellationToken) =>
        [.. (await LatestAsync(cancellationToken)).Where(stored => stored.DefinitionId != definitionId && DefinitionReferences.Uses(stored.Definition, definitionId))];

    /// <summary>Points every consumer at the latest published version; a consumer that was published is published again. The names of those that changed.</summary>
    public async Task<IReadOnlyList<string>> UpdateReferencesAsync(string definitionId, CancellationToken cancellationToken)
    {
        if (await FindAsync(definitionId, VersionOptions.Published, cancellationToken) is not { } target)
            return [];
        List<string> changed = [];
        foreach (var consumer in await ConsumersAsync(definitionId, cancellationToken))
        {
            if (consumer.IsReadonly || DefinitionReferences.Point(consumer.Definition, target.Definition) is not { } updated)
                continue;
            if (await SaveAsync(updated, consumer.IsPublished, cancellationToken) is DefinitionChange.Done)
                changed.Add(consumer.Name ?? consumer.DefinitionId);
        }

        return changed;
    }

    public Task<IReadOnlyList<StoredDefinition>> LatestAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(session => DefinitionStore.AllAsync(session, "is_latest = 1", new { }, cancellationToken), cancellationToken);

    public string NewId() => NewId(time.GetUtcNow());

    private static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("N");

    private async Task<StoredDefinition> NewAsync(DatabaseSession session, WorkflowDefinition definition, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var taken = definition.Id.Length == 0 || await DefinitionStore.FindVersionAsync(session, definition.Id, cancellationToken) is not null;
        return new StoredDefinition(
            definition with { Id = taken ? NewId(now) : definition.Id, Version = 1, IsLatest = true, IsPublished = false, CreatedAt = now }, now, now, null);
    }

    /// <summary>The draft after this save: the same row if the latest is a draft that never ran, otherwise the next version.</summary>
    private static StoredDefinition Next(StoredDefinition latest, WorkflowDefinition definition, DateTimeOffset now) => latest.IsPublished || (latest.IsFrozen && !HasContentOf(latest.Definition, definition))
        ? new(definition with { Id = NewId(now), Version = latest.Version + 1, IsLatest = true, IsPublished = false, IsSystem = latest.Definition.IsSystem, CreatedAt = now }, now, now, latest.SourceFile)
        : new(definition with { Id = latest.Id, Version = latest.Version, IsLatest = true, IsPublished = false, IsSystem = latest.Definition.IsSystem, CreatedAt = latest.CreatedAt }, latest.CreatedAt, now, latest.SourceFile);

    /// <summary>Publishing a draft as it ran does not make another version of it.</summary>
    private static bool HasContentOf(WorkflowDefinition stored, WorkflowDefinition given) => JsonNode.DeepEquals(Content(stored), Content(given));

    /// <summary>What is run of it: without what the store, Studio's protocol and the position in the tree add.</summary>
    private static JsonNode? Content(WorkflowDefinition definition)
    {
        var content = JsonNode.Parse(WorkflowJson.WriteUtf8(definition));
        foreach (var name in new[] { "id", "version", "toolVersion", "createdAt", "isLatest", "isPublished", "isReadonly", "isSystem" })
            (content as JsonObject)?.Remove(name);
        Strip(content);
        return content;

        static void Strip(JsonNode? node)
        {
            if (node is JsonObject members)
            {
                foreach (var member in members)
                    Strip(member.Value);
                foreach (var name in members.Where(SaysNothing).Select(member => member.Key).ToArray())
                    members.Remove(name);
            }
            else if (node is JsonArray items)
            {
                foreach (var item in items)
                    Strip(item);
            }
        }

        // What is empty, what is so unless it says otherwise, and where it stands.
        static bool SaysNothing(KeyValuePair<string, JsonNode?> member) => member.Value switch
        {
            null or JsonObject { Count: 0 } or JsonArray { Count: 0 } => true,
            JsonValue value => member.Key == "nodeId" || (member.Key is "canStartWorkflow" or "runAsynchronously" && value.GetValueKind() == System.Text.Json.JsonValueKind.False),
            _ => member.Key == "links",
        };
    }

    private static async Task<StoredDefinition> PublishAsync(DatabaseSession session, StoredDefinition draft, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync("UPDATE workflow_definitions SET is_published = 0 WHERE definition_id = @DefinitionId AND is_published = 1", new { draft.DefinitionId }, cancellationToken);
        return draft with { Definition = draft.Definition with { IsPublished = true } };
    }

    private async Task<DefinitionChange> ChangeLatestAsync(string definitionId, Func<DatabaseSession, StoredDefinition, Task<StoredDefinition>> change, CancellationToken cancellationToken)
    {
        var result = await database.WriteAsync(
            async session =>
            {
                if (await DefinitionStore.FindAsync(session, definitionId, VersionOptions.Latest, cancellationToken) is not { } latest)
                    return (DefinitionChange)new DefinitionChange.NotFound();
                var changed = await change(session, latest);
                await DefinitionStore.SaveAsync(session, changed, null, cancellationToken);
                await TouchAsync(session, cancellationToken);
                return new DefinitionChange.Done(changed);
            },
            cancellationToken);
        await catalog.RefreshAsync(cancellationToken);
        return result;
    }

    private async Task<DefinitionChange> UpdateConsumersAsync(DefinitionChange.Done done, CancellationToken cancellationToken) =>
        done with { Consumers = done.Definition.Definition.Options.AutoUpdateConsumingWorkflows ? await UpdateReferencesAsync(done.Definition.DefinitionId, cancellationToken) : [] };

    private async Task<int> DeleteAsync(string condition, string key, CancellationToken cancellationToken)
    {
        var count = await database.WriteAsync(
            async session =>
            {
                var affected = await DefinitionStore.AllAsync(session, condition, new { key }, cancellationToken);
                var deleted = await session.ExecuteAsync($"DELETE FROM workflow_definitions WHERE {condition}", new { key }, cancellationToken);
                foreach (var definitionId in affected.Where(stored => stored.IsLatest).Select(stored => stored.DefinitionId).Distinct())
                    await session.ExecuteAsync("UPDATE workflow_definitions SET is_latest = 1 WHERE definition_id = @definitionId AND version = (SELECT MAX(version) FROM workflow_definitions WHERE definition_id = @definitionId)",
                        new { definitionId }, cancellationToken);
                if (deleted > 0)
                    await TouchAsync(session, cancellationToken);
                return deleted;
            },
            cancellationToken);
        await catalog.RefreshAsync(cancellationToken);
        return count;
    }

    private static Task<int> TouchAsync(DatabaseSession session, CancellationToken cancellationToken) =>
        session.ExecuteAsync("UPDATE workflow_definitions_revision SET revision = revision + 1", new { }, cancellationToken);
}

/// <summary>The file that a definition came from, and the hash of what it held.</summary>
internal sealed record DefinitionSource(string File, string Hash);
