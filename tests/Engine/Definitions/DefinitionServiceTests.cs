using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Tests.Engine.Runs;
using Homelab.Tests.Storage;
using Homelab.Workflows.Definitions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Definitions;

public abstract class DefinitionServiceTests : IDisposable
{
    private readonly DefinitionCatalog _catalog;
    private readonly DefinitionService _definitions;
    private readonly DatabaseFixture _database;

    private protected DefinitionServiceTests(DatabaseFixture database)
    {
        _database = database;
        var types = new DefinitionTypes(Array.Empty<ActivityDescriptor>());
        _catalog = new DefinitionCatalog(database.Database, types, [], NullLogger<DefinitionCatalog>.Instance);
        _definitions = new DefinitionService(database.Database, _catalog, new DefinitionChecks(types, Flow.Expressions, []), TimeProvider.System);
    }

    [Fact]
    public async Task Save_NewThenAgain_KeepsOneDraft()
    {
        var id = Id();
        (await SavedAsync(id)).Version.Should().Be(1);
        (await SavedAsync(id)).Version.Should().Be(1);
        (await _definitions.VersionsAsync(id, default)).Should().ContainSingle().Which.IsPublished.Should().BeFalse();
    }

    [Fact]
    public async Task Save_OverPublished_MakesTheNextVersionAndLeavesThePublishedAlone()
    {
        var id = Id();
        await SavedAsync(id, publish: true);
        var draft = await SavedAsync(id, text: "changed");
        draft.Version.Should().Be(2);
        var published = await _definitions.FindAsync(id, VersionOptions.Published, default);
        published!.Version.Should().Be(1);
        published.Definition.Activities().Last().Inputs["text"].Expression!.Value.GetString().Should().Be("hello");
    }

    [Fact]
    public async Task Publish_WithProblems_SaysAllOfThemAndPublishesNothing()
    {
        var id = Id();
        var model = Model(id);
        model["root"]!["activities"]!.AsArray().Add(new JsonObject { ["id"] = "odd", ["type"] = "Nobody.Knows" });
        model["root"]!["activities"]!.AsArray().Add(new JsonObject
        {
            ["id"] = "cron", ["type"] = "Elsa.Cron", ["customProperties"] = new JsonObject { ["canStartWorkflow"] = true }, ["cronExpression"] = Input("nope"),
        });
        await _definitions.SaveAsync(WorkflowJson.Read(model.ToJsonString()), publish: false, default);
        var change = await _definitions.PublishAsync(id, default);
        change.Should().BeOfType<DefinitionChange.Invalid>().Which.Problems.Should().HaveCount(2).And.Contain(problem => problem.Contains("Nobody.Knows")).And.Contain(problem => problem.Contains("cron"));
        (await _definitions.FindAsync(id, VersionOptions.Published, default)).Should().BeNull();
    }

    [Fact]
    public async Task Publish_WithEndpoint_ShowsTheTriggerAndRetractTakesItAway()
    {
        var id = Id();
        var model = Model(id);
        model["root"]!["activities"]!.AsArray().Insert(0, new JsonObject
        {
            ["id"] = "http", ["type"] = "Elsa.HttpEndpoint", ["customProperties"] = new JsonObject { ["canStartWorkflow"] = true }, ["path"] = Input("/Some/" + id),
            ["supportedMethods"] = new JsonObject { ["typeName"] = "List<String>", ["expression"] = new JsonObject { ["type"] = "Object", ["value"] = "[\"POST\",\"GET\"]" } },
        });
        (await _definitions.SaveAsync(WorkflowJson.Read(model.ToJsonString()), publish: true, default)).Should().BeOfType<DefinitionChange.Done>();
        _catalog.Current.Triggers.Where(trigger => trigger.DefinitionId == id).Select(trigger => trigger.Payload["method"]!.ToString()).Should().Equal("get", "post");
        await _definitions.RetractAsync(id, default);
        _catalog.Current.Triggers.Should().NotContain(trigger => trigger.DefinitionId == id);
    }

    [Fact]
    public async Task Revert_ToAnOlderVersion_MakesADraftOfIt()
    {
        var id = Id();
        await SavedAsync(id, publish: true);
        await SavedAsync(id, text: "second", publish: true);
        var change = await _definitions.RevertAsync(id, 1, default);
        var draft = change.Should().BeOfType<DefinitionChange.Done>().Which.Definition;
        draft.Version.Should().Be(3);
        draft.Definition.Activities().Last().Inputs["text"].Expression!.Value.GetString().Should().Be("hello");
        (await _definitions.FindAsync(id, VersionOptions.Published, default))!.Version.Should().Be(2);
    }

    [Fact]
    public async Task DeleteVersion_OfTheLatest_MakesTheOneBeforeTheLatest()
    {
        var id = Id();
        await SavedAsync(id, publish: true);
        var draft = await SavedAsync(id, text: "second");
        (await _definitions.DeleteVersionAsync(draft.Id, default)).Should().Be(1);
        (await _definitions.FindAsync(id, VersionOptions.Latest, default))!.Version.Should().Be(1);
    }

    [Fact]
    public async Task UpdateReferences_OfAPublishedConsumer_PublishesItAgainWithTheNewVersion()
    {
        var (used, consumer) = (Id(), Id());
        var model = Model(used);
        model["name"] = "Used " + used;
        model["options"] = new JsonObject { ["usableAsActivity"] = true, ["autoUpdateConsumingWorkflows"] = true };
        await _definitions.SaveAsync(WorkflowJson.Read(model.ToJsonString()), publish: true, default);
        var first = await _definitions.FindAsync(used, VersionOptions.Published, default);
        var consuming = Model(consumer);
        consuming["root"]!["activities"]!.AsArray().Add(new JsonObject { ["id"] = "use", ["type"] = first!.Definition.ActivityTypeName, ["workflowDefinitionId"] = used, ["workflowDefinitionVersionId"] = first.Id });
        (await _definitions.SaveAsync(WorkflowJson.Read(consuming.ToJsonString()), publish: true, default)).Should().BeOfType<DefinitionChange.Done>();

        var change = await _definitions.SaveAsync(WorkflowJson.Read(model.ToJsonString()), publish: true, default);

        var second = change.Should().BeOfType<DefinitionChange.Done>().Which;
        second.Consumers.Should().ContainSingle();
        var updated = await _definitions.FindAsync(consumer, VersionOptions.Published, default);
        updated!.Version.Should().Be(2);
        updated.Definition.Activities().Last().RawText("workflowDefinitionVersionId").Should().Be(second.Definition.Id);
    }

    [Fact]
    public async Task Refresh_AfterAnotherNodePublished_SeesIt()
    {
        var id = Id();
        await using var again = _database.Again();
        using var catalog = new DefinitionCatalog(again, new DefinitionTypes([]), [], NullLogger<DefinitionCatalog>.Instance);
        await catalog.RefreshAsync(default);
        await SavedAsync(id, publish: true);
        await catalog.RefreshAsync(default);
        catalog.Current.Published.Should().ContainKey(id);
    }

    [Fact]
    public async Task List_ByTermAndPage_FindsByNameWithoutCase()
    {
        var id = Id();
        await SavedAsync(id, publish: true);
        var page = await _definitions.ListAsync(new DefinitionQuery { SearchTerm = ("NAME OF " + id).ToUpperInvariant(), PageSize = 5 }, default);
        page.TotalCount.Should().Be(1);
        page.Items.Single().DefinitionId.Should().Be(id);
        (await _definitions.IsNameUniqueAsync("name of " + id, null, default)).Should().BeFalse();
        (await _definitions.IsNameUniqueAsync("name of " + id, id, default)).Should().BeTrue();
    }

    public void Dispose()
    {
        _catalog.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Refresh_OnAnotherNode_ReadsWhatWasWrittenSinceAndNothingElse()
    {
        var (kept, replaced, version) = (Id(), Id(), Id());
        await SavedAsync(kept, publish: true);
        await ImportAsync("hello");
        using var other = new DefinitionCatalog(_database.Database, new DefinitionTypes(Array.Empty<ActivityDescriptor>()), [], NullLogger<DefinitionCatalog>.Instance);
        await other.RefreshAsync(default);
        var before = other.Current.Published[kept].Definition.Root;

        // Deleted and brought back between two looks, under the same version id.
        await _definitions.DeleteAsync(replaced, default);
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await ImportAsync("changed");
        await other.RefreshAsync(default);

        other.Current.Published[replaced].Definition.Activities().Last().Inputs["text"].Expression!.Value.GetString().Should().Be("changed");
        other.Current.Published[kept].Definition.Root.Should().BeSameAs(before);

        async Task ImportAsync(string text)
        {
            var model = Model(replaced, text);
            model["id"] = version;
            (await _definitions.SaveAsync(WorkflowJson.Read(model.ToJsonString()), publish: true, default)).Should().BeOfType<DefinitionChange.Done>().Which.Definition.Id.Should().Be(version);
        }
    }

    private static string Id() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");

    private static JsonObject Input(string value) => new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };

    private static JsonObject Model(string id, string text = "hello") => new()
    {
        ["definitionId"] = id, ["name"] = "Name of " + id,
        ["root"] = new JsonObject
        {
            ["id"] = "Flowchart1", ["type"] = "Elsa.Flowchart", ["connections"] = new JsonArray(),
            ["activities"] = new JsonArray(new JsonObject { ["id"] = "line", ["type"] = "Elsa.WriteLine", ["text"] = Input(text) }),
        },
    };

    private async Task<StoredDefinition> SavedAsync(string id, string text = "hello", bool publish = false) =>
        (await _definitions.SaveAsync(WorkflowJson.Read(Model(id, text).ToJsonString()), publish, default)).Should().BeOfType<DefinitionChange.Done>().Which.Definition;
}

public sealed class SqliteDefinitionServiceTests(SqliteFixture database) : DefinitionServiceTests(database), IClassFixture<SqliteFixture>;

public sealed class PostgresDefinitionServiceTests(PostgresFixture database) : DefinitionServiceTests(database), IClassFixture<PostgresFixture>;
