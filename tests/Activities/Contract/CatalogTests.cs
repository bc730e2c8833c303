using FluentAssertions;
using Homelab.Activities;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Contract;

/// <summary>The rules of the catalogue that no analyzer knows.</summary>
public sealed class CatalogTests
{
    public static TheoryData<string> Ids => [.. ActivityCatalog.All.Select(activity => activity.Id)];

    [Fact]
    public void All_EveryClassThatIsAnActivity_IsInTheCatalog()
    {
        var classes = typeof(IActivity<,>).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IActivity<,>)));
        ActivityCatalog.All.Select(activity => activity.Implementation).Should().BeEquivalentTo(classes);
    }

    [Fact]
    public void All_IdsAndTypeNames_AreUniqueAndSorted()
    {
        ActivityCatalog.All.Select(activity => activity.Id).Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal);
        ActivityCatalog.All.Select(activity => activity.TypeName).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Constructor_EveryActivity_IsCreatedByTheContainer()
    {
        using var environment = new ActivityEnvironment();
        environment.Catalog.Invokers.Should().HaveCount(ActivityCatalog.All.Count);
    }

    [Theory, MemberData(nameof(Ids))]
    public void Class_IsSealedInternalAndNamedForItsId(string id)
    {
        var activity = Find(id);
        var type = activity.Implementation!;
        type.IsSealed.Should().BeTrue();
        type.IsNotPublic.Should().BeTrue();
        id.Should().MatchRegex("^[a-z][a-z0-9]*\\.[a-z][a-z0-9_]*$");
        id.Split('.')[0].Should().Be(activity.Tool.ToLowerInvariant());
        activity.Description.Should().EndWith(".").And.NotContain("\n");
        activity.Timeout.Should().BePositive();
    }

    [Theory, MemberData(nameof(Ids))]
    public void Records_EveryProperty_IsDescribedAndRequiredInputsHaveAnExample(string id)
    {
        var activity = Find(id);
        foreach (var schema in new[] { activity.InputSchema, activity.OutputSchema })
        {
            foreach (var (name, property) in schema["properties"]!.AsObject())
                (property as JsonObject)?["description"]?.GetValue<string>().Should().NotBeNullOrWhiteSpace($"{id} {name} is a contract");
            schema["properties"]!.AsObject().Where(property => property.Value is not JsonObject described || described["description"] is null)
                .Select(property => property.Key).Should().BeEmpty($"every property of {id} is described");
        }

        foreach (var required in (activity.InputSchema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()))
            activity.InputSchema["properties"]![required]!["examples"].Should().NotBeNull($"required input {required} of {id} has an example");
        using var environment = new ActivityEnvironment();
        environment.Invoker(id).Validate(ActivityEnvironment.Json(Tools.Sample(activity))).Should().BeEmpty("the examples are valid");
    }

    /// <summary>Elsa keeps these beside the inputs of an activity in a definition: an input of that name could not be written there.</summary>
    [Theory, MemberData(nameof(Ids))]
    public void Inputs_AreNotNamedAsElsasOwnFields(string id) => Find(id).InputSchema["properties"]!.AsObject().Select(property => property.Key.ToUpperInvariant())
        .Should().NotContain(["ID", "NODEID", "NAME", "TYPE", "VERSION", "METADATA", "CUSTOMPROPERTIES", "VARIABLES", "ACTIVITIES", "CONNECTIONS", "CASES", "BRANCHES", "RUNASYNCHRONOUSLY", "CANSTARTWORKFLOW"]);

    [Fact]
    public void Sends_AllMessagesAndNothingElse_SayTheSame()
    {
        var messages = ActivityCatalog.All.Where(activity => activity.Sends).ToList();
        messages.Select(activity => activity.Id).Should().Equal(
            "discord.send_message", "email.send_message", "ntfy.publish_message", "telegram.send_message", "uptimekuma.push_heartbeat", "webhook.post_message");
        messages.Should().OnlyContain(activity => activity.Effect == Effect.None);
    }

    [Theory, MemberData(nameof(Ids))]
    public void Effect_HasTargetAndUndoOrReason(string id)
    {
        var activity = Find(id);
        var isEffect = activity.Implementation!.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEffectActivity<,>));
        isEffect.Should().Be(activity.Effect != Effect.None, "a declared effect is resolved and probed, and nothing else is");
        if (!isEffect)
            return;
        (activity.DataRisk, activity.AvailabilityRisk).Should().NotBe((RiskLevel.None, RiskLevel.None), "an effect has a risk");
        activity.Effect.Should().Match(effect => effect != Effect.Reversible || activity.NoUndoReason == null, "what is reversible has an undo");
    }

    [Theory, MemberData(nameof(Ids))]
    public void Tool_IsInTheContractTablesAndTested(string id)
    {
        var tool = Find(id).Tool;
        (Tools.Http.ContainsKey(tool) || Tools.Process.ContainsKey(tool) || Tools.Sockets.ContainsKey(tool) || Tools.Other.ContainsKey(tool)).Should().BeTrue($"{tool} belongs in Contract/Tools.cs");
        Directory.Exists(Path.Combine(Repository.Root, "tests", "Activities", tool)).Should().BeTrue($"{tool} has tests");
    }

    [Fact]
    public void Options_EveryLiveListNamedByAnInput_Exists()
    {
        using var environment = new ActivityEnvironment();
        var named = ActivityCatalog.All.SelectMany(activity => activity.InputSchema["properties"]!.AsObject())
            .Select(property => property.Value?["x-options"]?.GetValue<string>()).OfType<string>().Distinct();
        named.Should().BeSubsetOf(environment.Options.Select(provider => provider.Name));
    }

    [Fact]
    public async Task ActivityTable_Readme_HoldsTheCatalogOfNow()
    {
        var path = Path.Combine(Repository.Root, "activities", "README.md");
        var page = await File.ReadAllTextAsync(path);
        var now = ActivityTable.Update(page);
        if (Environment.GetEnvironmentVariable("UPDATE_ACTIVITY_TABLE") == "1")
            await File.WriteAllTextAsync(path, now);
        else
            page.Should().Be(now, "the table is made by UPDATE_ACTIVITY_TABLE=1 dotnet test --filter ActivityTable");
    }

    private static ActivityDescriptor Find(string id) => ActivityCatalog.All.Single(activity => activity.Id == id);
}
