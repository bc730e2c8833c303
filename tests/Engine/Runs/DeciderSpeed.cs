using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Xunit;
using Xunit.Abstractions;
using static Homelab.Tests.Engine.Runs.Flow;

namespace Homelab.Tests.Engine.Runs;

/// <summary>A five-step webhook run: what deciding and storing it costs. The bounds are wide, so that a busy machine does not fail them; the numbers are printed.</summary>
public sealed class DeciderSpeed(ITestOutputHelper output)
{
    [Fact]
    public void Decide_FiveSteps_IsFast()
    {
        var switcher = Activity("switch", "Elsa.FlowSwitch");
        switcher["cases"] = new JsonArray(
            new JsonObject { ["label"] = "High", ["condition"] = new JsonObject { ["type"] = "NCalc", ["value"] = "N > 10" } },
            new JsonObject { ["label"] = "Low", ["condition"] = new JsonObject { ["type"] = "NCalc", ["value"] = "N <= 10" } });
        var hook = Activity("hook", "Elsa.HttpEndpoint", ("path", Value("Literal", "hook")));
        hook["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        hook["parsedContent"] = new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "id-Body" } };
        var definition = Compile(Definition(Chart(
            [
                hook,
                switcher,
                Activity("set", "Elsa.SetVariable", ("variable", new JsonObject { ["id"] = "id-N" }), ("value", Value("NCalc", "N + 1"))),
                Activity("send", "Elsa.SendHttpRequest", ("url", Value("Literal", "http://127.0.0.1:9/x")), ("content", Value("Variable", new JsonObject { ["id"] = "id-Body" }))),
                Activity("answer", "Elsa.WriteHttpResponse", ("content", Value("Variable", new JsonObject { ["id"] = "id-N" }))),
            ],
            "hook->switch", "switch:Low->set", "set->send", "send->answer"), ("N", "Int32", "1"), ("Body", "Object", null)));
        var request = new JsonObject { ["parsedContent"] = new JsonObject { ["host"] = "web", ["level"] = 3 } };
        var bytes = 0;
        long storing = 0;
        var times = new List<double>();
        for (var i = 0; i < 4000; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var decision = Decider.Decide(definition, Decider.Create(definition, new RunId("0193c"), Now), new RunEvent.Start([], "hook", request), Now);
            var stored = Stopwatch.GetTimestamp();
            var written = RunStateJson.Write(decision.State);
            var state = RunStateJson.Read(written);
            storing = Stopwatch.GetTimestamp() - stored;
            bytes = written.Length;
            var step = decision.Commands.OfType<RunCommand.Perform>().Single();
            decision = Decider.Decide(definition, state, new RunEvent.StepReported(step.StepId, 1, new StepOutcome.Succeeded(new JsonObject { ["statusCode"] = 200 })), Now);
            RunStateJson.Write(decision.State);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            decision.State.SubStatus.Should().Be(RunSubStatus.Finished);
            decision.Commands.OfType<RunCommand.Respond>().Single().Body.Should().Be("2");
        }

        var warm = times.Skip(2000).Order().ToList();
        output.WriteLine($"whole run with two writes and a read: median {warm[1000]:0.0} us, p95 {warm[1900]:0.0} us; state {bytes} bytes; last store round trip {storing * 1e6 / Stopwatch.Frequency:0.0} us");
        bytes.Should().BeLessThan(4096);
        warm[1000].Should().BeLessThan(2000);
    }
}
