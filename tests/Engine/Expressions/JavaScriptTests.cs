using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Tests.Engine.Runs;
using Homelab.Workflows.Definitions;
using Xunit;

namespace Homelab.Tests.Engine.Expressions;

public sealed class JavaScriptTests
{
    [Theory]
    [InlineData("1 + 1", "2")]
    [InlineData("return 5 + 5", "10")]
    [InlineData("const x = 2; let y = 3; x * y", "6")]
    [InlineData("var s = 0; for (var i = 0; i < 3; i++) { s += i; } s", "3")]
    [InlineData("var s = ''; for (;;) { s += 'a'; if (s.length > 2) break; } s", "aaa")]
    [InlineData("var n = 3; while (n > 0) n--; n", "0")]
    [InlineData("var n = 0; do { n++ } while (n < 4); n", "4")]
    [InlineData("'a/b'.replace(/\\//g, '{')", "a{b")]
    [InlineData("`x${ {a: 1}.a }y`", "x1y")]
    [InlineData("switch (2) { case 1: 'a'; break; case 2: 'b'; break; }", "b")]
    [InlineData("[3, 1, 2].sort().map(function (x) { return x * 2; }).join('-')", "2-4-6")]
    [InlineData("({a: [1, {b: true}], c: null})", "{\"a\":[1,{\"b\":true}],\"c\":null}")]
    [InlineData("Object.values({a: 1, b: 2}).join()", "1,2")]
    [InlineData("'7'.padStart(3, '0')", "007")]
    [InlineData("true", "True")]
    [InlineData("null", "")]
    [InlineData("new Date().toISOString()", "2026-01-02T03:04:05.000Z")]
    [InlineData("new Date(2026, 0, 2) instanceof Date", "True")]
    [InlineData("getVariable('Nested').list[1]", "y")]
    [InlineData("getNested().list.length", "2")]
    [InlineData("variables.Text = 'changed'; getText()", "start")]
    [InlineData("setText('b'); getText()", "b")]
    [InlineData("bytesToString(bytesFromBase64(stringToBase64('h\u00e9')))", "h\u00e9")]
    [InlineData("isNullOrWhiteSpace('  ') && isNullOrEmpty(null)", "True")]
    public void Evaluate_Script_GivesElsasText(string script, string expected) => Lines(script).Should().Equal(expected);

    [Theory]
    [InlineData("while (true) {}", "was stopped")]
    [InlineData("for (;;) ;", "was stopped")]
    [InlineData("this['ev' + 'al']('1')", "failed")]
    [InlineData("function f(n) { return f(n + 1); } f(0)", "called itself")]
    [InlineData("function f() { f(); f(); } try { f() } catch (e) { f() }", "called itself")]
    [InlineData("var a = []; while (true) a.push('xxxxxxxxxxxxxxxxxxxxxxxxxxxxx' + a.length);", "was stopped")]
    [InlineData("'x'.repeat(1e9)", "too long")]
    [InlineData("eval('1')", "eval")]
    [InlineData("(function () {}).constructor('return 1')()", "failed")]
    [InlineData("nowhere.x", "nowhere")]
    [InlineData("throw new Error('boom')", "boom")]
    public void Evaluate_ScriptOutOfBounds_FaultsAndSaysWhy(string script, string reason)
    {
        var (_, decision) = Run(script);

        decision.State.SubStatus.Should().Be(RunSubStatus.Faulted);
        decision.State.Incidents[0].Message.Should().Contain(reason);
    }

    [Fact]
    public void Evaluate_AfterAnotherScript_SeesNothingOfIt()
    {
        Lines("leak = 1; Array.prototype.bad = 2; Math.PI = 3; JSON = null; toJson = null; getVariable = 1; String(typeof leak)").Should().Equal("number");

        Lines("typeof leak + [].bad + (Math.PI > 3.1) + typeof JSON.stringify + typeof toJson + typeof getVariable").Should().Equal("undefinedundefinedtruefunctionfunctionfunction");
    }

    [Fact]
    public void Evaluate_RandomValues_AreTheRunsOwn()
    {
        const string script = "newGuid() + Math.random() + newShortGuid()";

        Lines(script).Should().Equal(Lines(script));
    }

    [Theory]
    [InlineData("items.map(x => x)", "Arrow")]
    [InlineData("a?.b", "Optional chaining")]
    [InlineData("a ?? b", "NCalc")]
    [InlineData("var {a} = b", "Destructuring")]
    [InlineData("[...a]", "Spread")]
    [InlineData("var a = 1;\nvar = 2", "line 2")]
    public void Check_WhatJurassicCannotRead_SaysWhereAndHow(string script, string hint) =>
        Flow.Expressions.Check(new Expression("JavaScript", JsonSerializer.SerializeToElement(script))).Should().Contain(hint);

    private static IReadOnlyList<string> Lines(string script)
    {
        var (_, decision) = Run(script);
        decision.State.Incidents.Should().BeEmpty();
        return decision.Lines;
    }

    private static (Homelab.Engine.Runs.Compiling.CompiledDefinition Definition, Decision Decision) Run(string script) => Flow.Start(Flow.Definition(
        Flow.Sequence(Flow.Activity("line", "Elsa.WriteLine", ("text", Flow.Value("JavaScript", JsonValue.Create(script))))),
        ("Text", "String", "start"),
        ("Nested", "JSON", "{\"list\":[\"x\",\"y\"]}")));
}
