using FluentAssertions;
using Homelab.Rules.RuleSets;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Rules.Expressions;

/// <summary>The language of rules, as RulesEngine's users know it, through a rule with one input.</summary>
public sealed class RulesDialectTests
{
    private const string Host = """
        { "host": { "name": "nas-01", "kind": "server", "cpu": 87.5, "mem": 62, "up": true, "note": null, "empty": "", "zero": 0, "neg": -5,
          "disks": [ { "mount": "/", "used": 91 }, { "mount": "/data", "used": 40 } ], "tags": [ "zfs", "prod" ],
          "services": [ { "name": "plex", "healthy": true, "port": 32400 }, { "name": "nginx", "healthy": false, "port": 443 } ],
          "owner": { "name": "Ann" }, "lastSeen": "2026-01-02T03:04:05Z", "restarts": 3, "id": "6f9619ff-8b86-d011-b42d-00c04fc964ff" } }
        """;

    [Theory]
    [InlineData("host.name == \"nas-01\"")]
    [InlineData("host.name <> \"x\"")]
    [InlineData("host.name.Equals(\"nas-01\")")]
    [InlineData("HOST.NAME.ToUpper() == \"NAS-01\"")]
    [InlineData("host.name.EndsWith(\"01\") and host.name.Substring(0, 3) == \"nas\"")]
    [InlineData("!(host.cpu < 80) && !host.name.Contains(\"x\")")]
    [InlineData("not (host.cpu < 80) and not host.tags.Contains(\"x\")")]
    [InlineData("host.cpu == \"87.5\"")]
    [InlineData("host.restarts mod 2 eq 1")]
    [InlineData("host.cpu gt 80 and host.cpu le 87.5")]
    [InlineData("7 / 2 == 3 && 7.0 / 2 == 3.5 && -7 / 2 == -3")]
    [InlineData("host.tags.Contains(\"zfs\")")]
    [InlineData("host.disks.All(d => d.used > 30) && host.disks.Count(used > 50) == 1")]
    [InlineData("host.disks.Min(used) == 40 && host.disks.Average(used) == 65.5 && host.disks.Sum(d => d.used) == 131")]
    [InlineData("host.name in (\"a\", \"nas-01\") && host.name not in (\"b\")")]
    [InlineData("host.lastSeen > DateTime(2026, 1, 1) && host.lastSeen < DateTime(2026, 1, 3)")]
    [InlineData("host.cpu > 90 ? false : (host.mem > 60 ? true : false)")]
    [InlineData("(host.note ?? \"none\") == \"none\"")]
    [InlineData("np(host.owner.name.Length) == 3 && np(host.note.x.y, \"d\") == \"d\"")]
    [InlineData("int.Parse(\"5\") > host.restarts && Math.Abs(host.neg) == 5 && Math.Round(host.cpu) == 88")]
    [InlineData("host.services.OrderByDescending(port).ThenBy(name).Select(name).First() == \"plex\"")]
    [InlineData("host.services.GroupBy(healthy).Any(g => g.Key == true && g.Count() == 1)")]
    [InlineData("host.disks.Select(used).Skip(1).Take(1).Single() == 40")]
    [InlineData("host.disks.FirstOrDefault(used > 99) == null")]
    [InlineData("host.disks.Any(d => host.tags.Any(t => t == \"prod\" && d.used > 90))")]
    [InlineData("host.id == \"6f9619ff-8b86-d011-b42d-00c04fc964ff\"")]
    [InlineData("1.5m + 1 == 2.5m && 0x10 == 16 && 3L == 3 && 'a' == 'a'")]
    [InlineData("host.id == Guid(\"6F9619FF-8B86-D011-B42D-00C04FC964FF\") && host.name != Guid.Empty")]
    [InlineData("(host.lastSeen - DateTime(2026, 1, 1)).TotalDays > 1")]
    [InlineData("host.lastSeen.AddHours(-4).Day == 1 && host.lastSeen.DayOfWeek == \"Friday\"")]
    [InlineData("cpu > 80 && name.StartsWith(\"nas\")")]
    [InlineData("host.name like 'n' + \"as%\"")]
    [InlineData("Max(host.cpu, host.mem) > 87 and Abs([host].neg) == 5")]
    [InlineData("string.Join(\",\", host.tags) == \"zfs,prod\"")]
    [InlineData("isnull(host.note, \"x\") == \"x\" && iif(host.up, 1, 2) == 1")]
    [InlineData("new[] { 1, 2, 3 }.Contains(host.restarts) && new int[] { 3 }.First() == 3")]
    public void Execute_TrueCondition_Succeeds(string expression)
    {
        var result = Execute(expression);
        result.Message.Should().BeEmpty(expression);
        result.IsSuccess.Should().BeTrue(expression);
    }

    [Theory]
    [InlineData("host.name == \"NAS-01\"")]
    [InlineData("host.note == \"x\"")]
    [InlineData("host.nope == \"x\"")]
    [InlineData("false")]
    public void Execute_FalseCondition_FailsWithoutMessage(string expression)
    {
        var result = Execute(expression);
        result.Message.Should().BeEmpty(expression);
        result.IsSuccess.Should().BeFalse(expression);
    }

    [Theory]
    [InlineData("1 / host.zero > 0", "Error while executing rule : R - Attempted to divide by zero.")]
    [InlineData("host.disks.First(used > 99).used > 1", "Error while executing rule : R - Sequence contains no matching element")]
    [InlineData("host.disks.FirstOrDefault(used > 99).used > 1", "Error while executing rule : R - Object reference not set to an instance of an object.")]
    [InlineData("host.note.x == \"y\"", "Error while executing rule : R - Operation is not valid due to the current state of the object.")]
    [InlineData("host.disks.Any(used)", "Exception while parsing expression `host.disks.Any(used)` - No applicable aggregate method 'Any(Int64)' exists")]
    [InlineData("host.cpu && true", "Exception while parsing expression `host.cpu && true` - Operator '&&' incompatible with operand types 'Double' and 'Boolean'")]
    [InlineData("host.name > 5", "Exception while parsing expression `host.name > 5` - Operator '>' incompatible with operand types 'String' and 'Int32'")]
    [InlineData("!host.cpu", "Exception while parsing expression `!host.cpu` - Operator '!' incompatible with operand type 'Double'")]
    [InlineData("host.tags.Any(t => t.used > 1)", "Exception while parsing expression `host.tags.Any(t => t.used > 1)` - No property or field 'used' exists in type 'String'")]
    [InlineData("host.cpu > 80 ? 1 : \"x\"", "Exception while parsing expression `host.cpu > 80 ? 1 : \"x\"` - Neither of the types 'Int32' and 'String' converts to the other")]
    [InlineData("host.name == 'nas'", "Exception while parsing expression `host.name == 'nas'` - Character literal must contain exactly one character")]
    public void Execute_Broken_FailsAndSaysWhy(string expression, string message)
    {
        var result = Execute(expression);
        result.IsSuccess.Should().BeFalse();
        result.Message.Should().StartWith(message);
    }

    [Theory]
    [InlineData("host.GetType() != null")]
    [InlineData("host.name.GetType().Name == \"String\"")]
    [InlineData("host.GetType().Assembly.FullName != \"\"")]
    [InlineData("typeof(string) != null")]
    [InlineData("System.IO.File.Exists(\"/etc/passwd\")")]
    [InlineData("File.ReadAllText(\"/etc/passwd\") != \"\"")]
    [InlineData("System.Diagnostics.Process.Start(\"id\") != null")]
    [InlineData("Environment.Exit(1) == null")]
    [InlineData("Activator.CreateInstance(\"x\") != null")]
    [InlineData("host.name.ToString().GetHashCode() == 1")]
    [InlineData("\"\".GetType().Module != null")]
    [InlineData("is(host.name, \"System.IO.File\")")]
    [InlineData("Regex.IsMatch(host.name, \".*\")")]
    public void Execute_AttemptToReachDotNet_FailsAndDoesNothing(string expression)
    {
        var result = Execute(expression);
        result.IsSuccess.Should().BeFalse(expression);
        result.Message.Should().NotBeEmpty(expression);
    }

    [Fact]
    public void Execute_MisspeltField_NamesNearOnes()
    {
        Execute("host.cpus > 5").Message.Should().Contain("near names are cpu");
        Execute("host.name.StartWith(\"x\")").Message.Should().Contain("StartsWith");
    }

    private static RuleResult Execute(string expression)
    {
        var workflow = new JsonObject { ["WorkflowName"] = "W", ["Rules"] = new JsonArray(new JsonObject { ["RuleName"] = "R", ["Expression"] = expression }) };
        return new RuleSetRunner(RuleSet.Parse(workflow.ToJsonString())).Execute("W", JsonNode.Parse(Host)!.AsObject())[0];
    }
}
