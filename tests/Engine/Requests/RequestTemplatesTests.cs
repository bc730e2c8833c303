using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Cli;
using Homelab.Engine.Definitions;
using Homelab.Engine.Requests;
using Homelab.Tests.Activities;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Requests;

/// <summary>The files that requests are planned by.</summary>
public sealed class RequestTemplatesTests
{
    [Fact]
    public async Task Shipped_EveryFile_IsATemplate()
    {
        await using var activities = DefinitionFiles.Activities();
        var (templates, problems) = await new RequestTemplates(activities.GetRequiredService<ActivityCatalog>(), new DefinitionFolderOptions(Path.Combine(Repository.Root, "workflows"))).ReadAsync(default);
        problems.Should().BeEmpty();
        templates.Select(template => template.Id).Should().Equal("remove-wordpress", "test-container", "update-nodes", "wordpress");
    }

    [Theory]
    [InlineData("I need a WordPress for testing", "wordpress")]
    [InlineData("please remove the wordpress again", "remove-wordpress")]
    [InlineData("update the nodes", "update-nodes")]
    [InlineData("I need an LXC on node pve1 number 130", "test-container")]
    [InlineData("the wordpressing of nodes", "")]
    public async Task Shipped_ARequest_IsMetByTheTemplateThatSaysMost(string text, string id)
    {
        await using var activities = DefinitionFiles.Activities();
        var (templates, _) = await new RequestTemplates(activities.GetRequiredService<ActivityCatalog>(), new DefinitionFolderOptions(Path.Combine(Repository.Root, "workflows"))).ReadAsync(default);
        (templates.Where(template => template.Fits(text) > 0).MaxBy(template => template.Fits(text))?.Id ?? "").Should().Be(id);
    }

    [Fact]
    public async Task Read_AFileWithMistakes_TellsAllOfThemWithTheirPlaces()
    {
        await using var activities = DefinitionFiles.Activities();
        var (template, problems) = new RequestTemplates(activities.GetRequiredService<ActivityCatalog>(), new DefinitionFolderOptions(null)).Read("bad.yaml", """
            id: Bad Name
            name: Bad
            words: []
            colour: red
            values:
              port: { pattern: '(' }
              nothing: { what: nothing at all }
            steps:
              - title: Say ${ who }
                expect: 1 +
              - title: Fly
                activity: docker.fly
              - title: Restart
                activity: docker.restart_container
                input: { contaner: web }
              - title: For each ${ one.name }
                each: { activity: docker.restart_container, input: { container: web }, items: all, as: one, where: who }
            """);
        template.Should().BeNull();
        problems.Should().OnlyContain(problem => problem.File == "bad.yaml" && problem.Line >= 1);
        problems.Select(problem => (problem.Line, problem.Path)).Should().Contain([(1, "id"), (4, "colour"), (6, "values.port.pattern"), (7, "values.nothing"), (9, "steps[0].title"), (10, "steps[0].expect"), (12, "steps[1].activity")]);
        problems.Should().Contain(problem => problem.Path.StartsWith("steps[2].input", StringComparison.Ordinal)).And.Contain(problem => problem.Path == "steps[3].each.activity").And.Contain(problem => problem.Path == "steps[3].each.where");
    }
}
