using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Xunit;

namespace Homelab.Tests.Conformance;

/// <summary>Real Elsa's recorded runs, one test a case; and each again with the state stored and read between any two events.</summary>
[Trait("Category", "Conformance")]
public sealed class ElsaCaseTests
{
    public static TheoryData<string> Runnable()
    {
        var data = new TheoryData<string>();
        if (ConformanceFolder.MissingReason("elsa/cases.json") is null)
            foreach (var item in ElsaCase.All.Values)
                if (item.NotRunnable(item.Definitions()) is null)
                    data.Add(item.Id);
        return data;
    }

    [ConformanceTheory("elsa/cases.json")]
    [MemberData(nameof(Runnable))]
    public Task Run_RecordedCase_DoesAsElsa(string id) => CheckAsync(id, state => state);

    [ConformanceTheory("elsa/cases.json")]
    [MemberData(nameof(Runnable))]
    public Task Run_StoredBetweenEvents_DoesAsElsa(string id) => CheckAsync(id, state => RunStateJson.Read(RunStateJson.Write(state)));

    private static async Task CheckAsync(string id, Func<RunState, RunState> between)
    {
        var item = ElsaCase.All[id];
        var result = await item.RunAsync(item.Definitions(), between);
        var (lines, journal) = (result.Lines, result.Journal);
        var observed = item.Observed;
        string.Join('\n', lines).Should().Be(string.Join('\n', observed["lines"]!.AsArray().Select(line => (string?)line)));
        if (item.HangsInElsa)
        {
            result.State.SubStatus.Should().Be(RunSubStatus.Faulted);
            result.State.Incidents[^1].Message.Should().Contain("nothing left to do");
        }
        else
        {
            result.State.SubStatus.ToString().Should().Be((string?)observed["subStatus"]);
            result.State.Status.ToString().Should().Be((string?)observed["status"]);
        }

        if (observed["output"] is JsonObject output)
            foreach (var (name, value) in output)
                JsonNode.DeepEquals(result.State.Output[name], value).Should().BeTrue($"output {name} should be {value?.ToJsonString()} and is {result.State.Output[name]?.ToJsonString()}");
        if (observed["correlationId"] is { } correlation)
            result.State.CorrelationId.Should().Be((string?)correlation);
        if (observed["name"] is { } name1)
            result.State.Name.Should().Be((string?)name1);
        var incidents = result.State.Incidents.Where(incident => incident.ExceptionType != "RunStuck").ToList();
        foreach (var (expected, index) in (observed["incidents"] as JsonArray ?? []).Select((expected, index) => (expected, index)))
        {
            incidents.Count.Should().BeGreaterThan(index);
            incidents[index].ActivityId.Should().Be((string?)expected!["activityId"]);
            incidents[index].ActivityType.Should().Be((string?)expected["activityType"]);
            incidents[index].Message.Should().StartWith(((string)expected["message"]!).Split("This typically")[0].Trim());
            incidents[index].ExceptionType.Should().Match(type => type == (string?)expected["exceptionType"] || (string?)expected["exceptionType"] != "FaultException");
        }

        if (observed["journal"] is JsonArray recorded && recorded.Count > 0)
            string.Join(' ', journal.Where(entry => entry.Message is null || !entry.Message.Contains("nothing left to do", StringComparison.Ordinal))
                .Select(entry => $"{entry.ActivityType}#{entry.ActivityId}:{entry.EventName}"))
                .Should().Be(string.Join(' ', recorded.Select(entry => (string?)entry)));
    }
}
