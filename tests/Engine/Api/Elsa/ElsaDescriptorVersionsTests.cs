using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Engine.Runs;
using Xunit;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>A workflow that is used as an activity and published again: Studio stops at an activity whose version is not described, or that does not say which workflow it is.</summary>
public sealed class ElsaDescriptorVersionsTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    [Fact]
    public async Task Descriptors_WorkflowAsActivityPublishedTwice_DescribeBothVersions()
    {
        for (var version = 1; version <= 2; version++)
            await ImportAsync("used-twice", "Used twice", Flow.Sequence(Flow.Line("line", $"of {version}")), usable: true);
        await ImportAsync("uses-it", "Uses it", Flow.Sequence(Flow.Activity("it", "UsedTwice")), usable: false);

        var described = (await GetAsync("descriptors/activities"))["items"]!.AsArray().Where(item => item!["typeName"]!.ToString() == "UsedTwice").ToArray();
        var activity = (await GetAsync("workflow-definitions/by-definition-id/uses-it?versionOptions=Latest"))["root"]!["activities"]![0]!;

        described.Select(item => (int)item!["version"]!).Should().BeEquivalentTo([1, 2]);
        described.Select(item => item!["constructionProperties"]!["WorkflowDefinitionVersionId"]!.ToString()).Should().OnlyHaveUniqueItems();
        described.Select(item => (int)item!["constructionProperties"]!["LatestAvailablePublishedVersion"]!).Should().Equal(2, 2);
        ((int)activity["version"]!).Should().Be(2, "it names no version, so the latest is what runs");
        activity["workflowDefinitionId"]!.ToString().Should().Be("used-twice");
        activity["workflowDefinitionVersionId"]!.ToString().Should().Be(described.Single(item => (int)item!["version"]! == 2)!["constructionProperties"]!["WorkflowDefinitionVersionId"]!.ToString());
    }

    private async Task ImportAsync(string id, string name, JsonObject root, bool usable)
    {
        using var saved = await host.Client.PostAsJsonAsync("/elsa/api/workflow-definitions", new JsonObject
        {
            ["model"] = new JsonObject { ["definitionId"] = id, ["name"] = name, ["root"] = root, ["options"] = new JsonObject { ["usableAsActivity"] = usable } },
            ["publish"] = true,
        });
        saved.EnsureSuccessStatusCode();
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await host.Client.GetStringAsync($"/elsa/api/{path}"))!;
}
