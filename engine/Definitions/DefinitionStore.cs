using Dapper;
using Homelab.Engine.Storage;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>The SQL of definitions. Every method takes the session, so that a caller can do several in one transaction.</summary>
internal static class DefinitionStore
{
    private const string Flags = "id, definition_id, version, is_latest, is_published, is_readonly, is_system, is_frozen, source_file, created_at, updated_at";

    private const string Columns = Flags + ", model";

    private const string SummaryColumns = "id, definition_id, name, description, version, tool_version, is_latest, is_published, is_readonly, created_at";

    public static async Task<StoredDefinition?> FindAsync(DatabaseSession session, string definitionId, VersionOptions versions, CancellationToken cancellationToken)
    {
        var row = await session.QueryFirstOrDefaultAsync<Row>(
            $"SELECT {Columns} FROM workflow_definitions WHERE definition_id = @definitionId AND {versions.Condition} ORDER BY is_published DESC, version DESC LIMIT 1",
            new { definitionId, version = versions.Version ?? 0 }, cancellationToken);
        return row?.ToDefinition();
    }

    public static async Task<StoredDefinition?> FindVersionAsync(DatabaseSession session, string id, CancellationToken cancellationToken)
    {
        var row = await session.QueryFirstOrDefaultAsync<Row>($"SELECT {Columns} FROM workflow_definitions WHERE id = @id", new { id }, cancellationToken);
        return row?.ToDefinition();
    }

    /// <summary>All rows that match, whole; newest version first.</summary>
    public static async Task<IReadOnlyList<StoredDefinition>> AllAsync(DatabaseSession session, string condition, object parameters, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync<Row>($"SELECT {Columns} FROM workflow_definitions WHERE {condition} ORDER BY definition_id, version DESC", parameters, cancellationToken);
        return [.. rows.Select(row => row.ToDefinition())];
    }

    /// <summary>All that is published, by definition id. The content of a version in <paramref name="held"/> (by version id) is taken from there while the row has not been written since.</summary>
    public static async Task<IReadOnlyList<StoredDefinition>> PublishedAsync(DatabaseSession session, IReadOnlyDictionary<string, StoredDefinition> held, CancellationToken cancellationToken)
    {
        var rows = (await session.QueryAsync<Row>($"SELECT {Flags} FROM workflow_definitions WHERE is_published = 1 ORDER BY definition_id", new { }, cancellationToken)).ToList();
        Dictionary<string, string> models = [];
        foreach (var ids in rows.Where(row => !held.TryGetValue(row.id, out var stored) || stored.UpdatedAt.ToUnixTimeMilliseconds() != row.updated_at).Select(row => row.id).Chunk(500))
        {
            var parameters = new DynamicParameters();
            foreach (var row in await session.QueryAsync<Row>($"SELECT id, model FROM workflow_definitions WHERE id IN ({In(parameters, "d", ids)})", parameters, cancellationToken))
                models[row.id] = row.model;
        }

        return [.. rows.Select(row => row.ToDefinition(models.TryGetValue(row.id, out var model) ? WorkflowJson.Read(model) : held[row.id].Definition))];
    }

    public static async Task<DefinitionPage> ListAsync(DatabaseSession session, DefinitionQuery query, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters();
        List<string> conditions = [query.Versions.Condition];
        if (query.Versions.Version is { } version)
            parameters.Add("version", version);
        if (query.IsSystem is { } isSystem)
            conditions.Add($"is_system = {(isSystem ? 1 : 0)}");
        if (query.IsReadonly is { } isReadonly)
            conditions.Add($"is_readonly = {(isReadonly ? 1 : 0)}");
        if (query.DefinitionIds is { Count: > 0 } ids)
        {
            conditions.Add($"definition_id IN ({In(parameters, "d", ids)})");
        }

        if (!string.IsNullOrWhiteSpace(query.SearchTerm))
        {
            conditions.Add("(LOWER(COALESCE(name, '')) LIKE @term ESCAPE '!' OR LOWER(COALESCE(description, '')) LIKE @term ESCAPE '!' OR LOWER(id) LIKE @term ESCAPE '!' OR LOWER(definition_id) LIKE @term ESCAPE '!')");
            parameters.Add("term", Contains(query.SearchTerm));
        }

        var where = string.Join(" AND ", conditions);
        var column = query.Order switch { DefinitionOrder.Name => "LOWER(COALESCE(name, ''))", DefinitionOrder.Version => "version", _ => "created_at" };
        var direction = query.Descending ? "DESC" : "ASC";
        var paging = query.PageSize is null ? "" : " LIMIT @take OFFSET @skip";
        parameters.Add("take", query.PageSize ?? 0);
        parameters.Add("skip", query.Page * (query.PageSize ?? 0));
        var total = await session.ScalarAsync<long>($"SELECT COUNT(*) FROM workflow_definitions WHERE {where}", parameters, cancellationToken);
        var rows = await session.QueryAsync<Row>($"SELECT {SummaryColumns} FROM workflow_definitions WHERE {where} ORDER BY {column} {direction}, definition_id, version DESC{paging}", parameters, cancellationToken);
        return new DefinitionPage([.. rows.Select(row => row.ToSummary())], total);
    }

    /// <summary>Inserts the version, or overwrites the row with its id.</summary>
    public static Task SaveAsync(DatabaseSession session, StoredDefinition stored, string? sourceHash, CancellationToken cancellationToken)
    {
        var definition = stored.Definition;
        return session.ExecuteAsync(
            """
            INSERT INTO workflow_definitions (id, definition_id, version, name, description, tool_version, is_latest, is_published, is_readonly, is_system, is_frozen, source_file, source_hash, created_at, updated_at, model)
            VALUES (@Id, @DefinitionId, @Version, @Name, @Description, @ToolVersion, @IsLatest, @IsPublished, @IsReadonly, @IsSystem, @IsFrozen, @SourceFile, @SourceHash, @CreatedAt, @UpdatedAt, @Model)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, tool_version = excluded.tool_version, is_latest = excluded.is_latest,
              is_published = excluded.is_published, is_readonly = excluded.is_readonly, is_system = excluded.is_system,
              is_frozen = CASE WHEN workflow_definitions.is_frozen = 1 THEN 1 ELSE excluded.is_frozen END, source_file = excluded.source_file, source_hash = excluded.source_hash,
              updated_at = excluded.updated_at, model = excluded.model
            """,
            new
            {
                definition.Id,
                definition.DefinitionId,
                definition.Version,
                definition.Name,
                definition.Description,
                definition.ToolVersion,
                IsLatest = definition.IsLatest ? 1 : 0,
                IsPublished = definition.IsPublished ? 1 : 0,
                IsReadonly = definition.IsReadonly ? 1 : 0,
                IsSystem = definition.IsSystem ? 1 : 0,
                IsFrozen = stored.IsFrozen || definition.IsPublished ? 1 : 0,
                stored.SourceFile,
                SourceHash = sourceHash,
                CreatedAt = stored.CreatedAt.ToUnixTimeMilliseconds(),
                UpdatedAt = stored.UpdatedAt.ToUnixTimeMilliseconds(),
                Model = System.Text.Encoding.UTF8.GetString(WorkflowJson.WriteUtf8(definition)),
            },
            cancellationToken);
    }

    /// <summary>A run starts on this version: from here on its content stays.</summary>
    public static Task FreezeAsync(DatabaseSession session, string id, CancellationToken cancellationToken) =>
        session.ExecuteAsync("UPDATE workflow_definitions SET is_frozen = 1 WHERE id = @id", new { id }, cancellationToken);

    /// <summary>"@d0, @d1": Dapper's own list expansion differs between the two drivers (PostgreSQL takes arrays).</summary>
    public static string In(DynamicParameters parameters, string prefix, IEnumerable<string> values)
    {
        List<string> names = [];
        foreach (var value in values)
        {
            names.Add($"@{prefix}{names.Count}");
            parameters.Add($"{prefix}{names.Count - 1}", value);
        }

        return names.Count == 0 ? "NULL" : string.Join(", ", names);
    }

    private static string Contains(string term) =>
        $"%{term.Trim().ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";

    /// <summary>Columns by their SQL names; Dapper maps them by the property names below.</summary>
    private sealed class Row
    {
        public string id { get; init; } = "";

        public string definition_id { get; init; } = "";

        public string? name { get; init; }

        public string? description { get; init; }

        public string? tool_version { get; init; }

        public int version { get; init; }

        public int is_latest { get; init; }

        public int is_published { get; init; }

        public int is_readonly { get; init; }

        public int is_system { get; init; }

        public int is_frozen { get; init; }

        public string? source_file { get; init; }

        public long created_at { get; init; }

        public long updated_at { get; init; }

        public string model { get; init; } = "";

        public StoredDefinition ToDefinition() => ToDefinition(WorkflowJson.Read(model));

        public StoredDefinition ToDefinition(WorkflowDefinition content) => new(
            content with
            {
                IsLatest = is_latest == 1,
                IsPublished = is_published == 1,
                IsReadonly = is_readonly == 1,
                IsSystem = is_system == 1,
                CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created_at),
            },
            DateTimeOffset.FromUnixTimeMilliseconds(created_at),
            DateTimeOffset.FromUnixTimeMilliseconds(updated_at),
            source_file) { IsFrozen = is_frozen == 1 };

        public DefinitionSummary ToSummary() => new()
        {
            Id = id,
            DefinitionId = definition_id,
            Name = name,
            Description = description,
            Version = version,
            ToolVersion = tool_version,
            IsLatest = is_latest == 1,
            IsPublished = is_published == 1,
            IsReadonly = is_readonly == 1,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created_at),
        };
    }
}
