/* store: each operation, by the owner and by strangers, at each level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "tests/unit/support/data_stage.h"

enum { OWNER, ANN, BOB, CARL };

/* clang-format off */
#define MAKE_POSTS(policy) \
	{ OWNER, "{'op':'create-table','name':'posts','column_defs':[" \
	    "{'name':'title','type':'TEXT','not_null':true}," \
	    "{'name':'n','type':'INTEGER'}],'policy':'" policy "'}", \
	    "{'status':'created','table':'posts','mode':'classic'}" }

static const struct data_line rows[] = {
	MAKE_POSTS("open"),
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a\\'b','n':5,'_owner':'x','_id':77}}", "{'status':'inserted','id':1}" },
	{ OWNER, "{'op':'insert','table':'posts','data':{'title':'c','n':2.5}}", "{'status':'inserted','id':2}" },
	{ BOB, "{'op':'query','table':'posts','columns':['_id','title','n']}", "[{'_id':1,'title':'a\\'b','n':5},{'_id':2,'title':'c','n':2.5}]" },
	{ BOB, "{'op':'query','table':'posts','where':'n > ?','args':[3],'columns':['_owner_email']}", "[{'_owner_email':'p1@example.org'}]" },
	{ OWNER, "{'op':'update','table':'posts','id':1,'data':{'n':null}}", "{'status':'updated'}" },
	{ OWNER, "{'op':'delete','table':'posts','id':2}", "{'status':'deleted'}" },
	{ OWNER, "{'op':'delete','table':'posts','id':2}", "not_found: row not found or not owned by caller" },
	{ OWNER, "{'op':'update','table':'posts','id':2,'data':{'n':1}}", "not_found: row not found or not owned by caller" },
	{ BOB, "{'op':'pluck','table':'posts','column':'n'}", "[null]" },
	{ BOB, "{'op':'count','table':'posts'}", "{'count':1}" },
};
static const struct data_line rows_later[] = {
	{ BOB, "{'op':'query','table':'posts','where':'1=0'}", "[]" },
	{ BOB, "{'op':'count','table':'POSTS'}", "{'count':1}" },
};
/* clang-format on */

static void
rows_come_and_go(void **state)
{
	struct data_stage *stage = *state;

	DATA_PLAY(stage, rows);
	assert_string_equal(stage->changes, "posts,posts,posts,posts,posts,");
	data_stage_restart(stage);
	DATA_PLAY(stage, rows_later);
}

/* clang-format off */
#define INSERT(who, title, n, id) \
	{ who, "{'op':'insert','table':'posts','data':{'title':'" title "','n':" #n "}}", "{'status':'inserted','id':" #id "}" }

static const struct data_line reads[] = {
	MAKE_POSTS("open"),
	INSERT(ANN, "b", 3, 1), INSERT(ANN, "a", 1, 2), INSERT(BOB, "b", 2, 3),
	{ CARL, "{'op':'query','table':'posts','columns':['n'],'order':'n DESC','limit':2}", "[{'n':3},{'n':2}]" },
	{ CARL, "{'op':'query','table':'posts','columns':['n'],'order':'n','limit':1,'offset':1}", "[{'n':2}]" },
	{ CARL, "{'op':'query','table':'posts','columns':['n'],'offset':1}", "[{'n':3},{'n':1},{'n':2}]" },
	{ CARL, "{'op':'query','table':'posts','columns':['n'],'limit':0}", "[{'n':3},{'n':1},{'n':2}]" },
	{ CARL, "{'op':'query','table':'posts','columns':['*'],'where':'_id = 2'}", "[{'_id':2,'_owner':*" },
	{ CARL, "{'op':'query','table':'posts','columns':['nope']}", "bad_request: invalid column name: nope" },
	{ CARL, "{'op':'query','table':'posts','where':'nope = 1'}", "bad_request: no such column: nope" },
	{ CARL, "{'op':'query','table':'posts','where':'n = ? OR n = ?','args':[1]}", "bad_request: the query has 2 placeholders but 1 args" },
	{ CARL, "{'op':'query','table':'posts','where':'n = 1','args':[1]}", "bad_request: the query has 0 placeholders but 1 args" },
	{ CARL, "{'op':'query-one','table':'posts','columns':['title'],'where':'n = 2'}", "{'title':'b'}" },
	{ CARL, "{'op':'query-one','table':'posts','where':'n = 9'}", "" },
	{ CARL, "{'op':'query-one','table':'posts','columns':['_id'],'column':'title','value':'a'}", "{'_id':2}" },
	{ CARL, "{'op':'query-one','table':'posts','columns':['_id'],'column':'_id','value':3}", "{'_id':3}" },
	{ CARL, "{'op':'exists','table':'posts','where':'n = ?','args':[3]}", "{'exists':true}" },
	{ CARL, "{'op':'exists','table':'posts','where':'n = ?','args':[4]}", "{'exists':false}" },
	{ CARL, "{'op':'count','table':'posts','where':'title LIKE `B`'}", "{'count':2}" },
	{ CARL, "{'op':'pluck','table':'posts','column':'title','order':'n'}", "['a','b','b']" },
	{ CARL, "{'op':'distinct','table':'posts','column':'title'}", "['a','b']" },
	{ CARL, "{'op':'aggregate','table':'posts','expr':'title, COUNT(*) AS c, sum(n)','group_by':'title'}", "[{'title':'a','c':1,'sum(n)':1},{'title':'b','c':2,'sum(n)':5}]" },
	{ CARL, "{'op':'query','table':'nope'}", "not_found: no such table: nope" },
	{ CARL, "{'op':'query','table':'_meta'}", "*" },
	{ OWNER, "{'op':'query','table':'sqlite_master'}", "not_found: no such table: sqlite_master" },
	{ CARL, "{'op':'tables'}", "[{'name':'posts','insert_policy':'open','created_at':'20*" },
	{ CARL, "{'op':'describe','table':'posts'}", "{'mode':'classic','columns':[{'cid':0,'name':'_id','type':'INTEGER','not_null':*" },
	{ CARL, "{'op':'orm-schema'}", "{}" },
	{ CARL, "{'op':'role','table':'posts'}", "{'role':'','permissions':null}" },
	{ OWNER, "{'op':'role','table':'posts'}", "{'role':'owner','permissions':{'read':true,'insert':true,'update':true,'delete':true}}" },
	{ CARL, "{'op':'lua-list'}", "bad_request: lua scripting not enabled" },
	{ CARL, "{'op':'create-table','name':'x','column_defs':[{'name':'a','type':'TEXT'}]}", "forbidden: schema operations not allowed for remote peers" },
	{ CARL, "{'op':'trash'}", "forbidden: *" },
	{ CARL, "{'op':'export-rows','table':'posts'}", "forbidden: *" },
	{ CARL, "{'op':'undo','id':1}", "forbidden: *" },
	{ CARL, "nonsense", "bad_request: invalid json: *" },
	{ CARL, "{'op':'fly'}", "bad_request: unknown op: fly" },
};

/* By level: read, insert, update, delete by ANN of her row and BOB's. */
static const struct data_line access[] = {
	MAKE_POSTS("owner"),
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'x'}}", "forbidden: insert not allowed: this table only accepts data from the site owner" },
	{ OWNER, "{'op':'set-access','table':'posts','access':{'insert':'open'}}", "{'status':'updated'}" },
	INSERT(ANN, "ann", 1, 1), INSERT(BOB, "bob", 2, 2),
	{ ANN, "{'op':'count','table':'posts'}", "{'count':2}" },
	{ ANN, "{'op':'update','table':'posts','id':1,'data':{'n':11}}", "{'status':'updated'}" },
	{ ANN, "{'op':'update','table':'posts','id':2,'data':{'n':11}}", "not_found: row not found or not owned by caller" },
	{ ANN, "{'op':'delete','table':'posts','id':2}", "not_found: row not found or not owned by caller" },
	{ ANN, "{'op':'update-where','table':'posts','where':'1=1','data':{'n':12}}", "{'affected':1}" },
	{ ANN, "{'op':'delete-where','table':'posts','where':'title = `bob`'}", "{'affected':0}" },
	{ OWNER, "{'op':'set-access','table':'posts','access':{'read':'owner','update':'open'}}", "{'status':'updated'}" },
	{ ANN, "{'op':'pluck','table':'posts','column':'title'}", "['ann']" },
	{ CARL, "{'op':'pluck','table':'posts','column':'title'}", "[]" },
	{ BOB, "{'op':'pluck','table':'posts','column':'title'}", "['bob']" },
	{ OWNER, "{'op':'pluck','table':'posts','column':'title'}", "['ann','bob']" },
	{ ANN, "{'op':'update','table':'posts','id':2,'data':{'n':13}}", "{'status':'updated'}" },
	/* a condition would tell of rows that may not be read */
	{ ANN, "{'op':'update-where','table':'posts','where':'n = 13','data':{'n':14}}", "{'affected':0}" },
	{ OWNER, "{'op':'set-access','table':'posts','access':{'read':'local','update':'local','delete':'local'}}", "{'status':'updated'}" },
	{ ANN, "{'op':'query','table':'posts'}", "forbidden: query not allowed: table is local-only" },
	{ ANN, "{'op':'update','table':'posts','id':1,'data':{'n':1}}", "forbidden: update not allowed: table is local-only" },
	{ ANN, "{'op':'tables'}", "[{'name':'posts',*" },
	{ OWNER, "{'op':'set-policy','table':'posts','policy':'local'}", "{'status':'updated','policy':'local'}" },
	{ ANN, "{'op':'tables'}", "[]" },
	{ ANN, "{'op':'describe','table':'posts'}", "not_found: no such table: posts" },
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'x'}}", "forbidden: insert not allowed: table is local-only" },
	{ OWNER, "{'op':'set-policy','table':'posts','policy':'all'}", "bad_request: policy must be owner, open, group or local" },
	{ OWNER, "{'op':'set-access','table':'posts','access':{'fly':'open'}}", "bad_request: access: there is no right fly" },
	{ OWNER, "{'op':'set-access','table':'posts','access':{'read':'all'}}", "bad_request: *" },
};

static const struct data_line upserts[] = {
	MAKE_POSTS("open"),
	{ ANN, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'k','n':1}}", "{'status':'ok','id':1}" },
	{ ANN, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'k','n':2}}", "{'status':'ok','id':1}" },
	{ BOB, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'k','n':3}}", "{'status':'ok','id':2}" },
	{ ANN, "{'op':'pluck','table':'posts','column':'n'}", "[2,3]" },
	{ ANN, "{'op':'upsert','table':'posts','key_col':'n','data':{'title':'k'}}", "bad_request: *" },
	{ OWNER, "{'op':'set-policy','table':'posts','policy':'owner'}", "{'status':'updated','policy':'owner'}" },
	{ CARL, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'k','n':2}}", "forbidden: insert not allowed: *" },
	{ ANN, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'k','n':9}}", "{'status':'ok','id':1}" },
	{ OWNER, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'k','n':10}}", "{'status':'ok','id':1}" },
	{ OWNER, "{'op':'upsert','table':'posts','key_col':'title','data':{'title':'new','n':10}}", "{'status':'ok','id':3}" },
};

static const struct data_line typed[] = {
	{ OWNER, "{'op':'create-table','name':'tasks','column_defs':["
	    "{'name':'id','type':'guid','key':true,'auto':true},"
	    "{'name':'title','type':'text','required':true},"
	    "{'name':'nr','type':'integer','auto':true},"
	    "{'name':'level','type':'enum','values':[{'key':'low'},{'key':'high'}],'default':'low'},"
	    "{'name':'at','type':'datetime'}],"
	    "'access':{'read':'open','insert':'open','update':'owner','delete':'owner'}}",
	    "{'status':'created','table':'tasks','mode':'orm'}" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'one'}}", "{'status':'inserted','id':1}" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'two','level':'high','at':'2026-01-02T03:04:05+01:00'}}", "{'status':'inserted','id':2}" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'level':'high'}}", "bad_request: title is required" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'x','level':'odd'}}", "bad_request: level: *" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'x','what':1}}", "bad_request: invalid column name: what" },
	{ BOB, "{'op':'query','table':'tasks','columns':['title','nr','level','at']}",
	    "[{'title':'one','nr':1,'level':'low','at':null},{'title':'two','nr':2,'level':'high','at':'2026-01-02 02:04:05'}]" },
	{ ANN, "{'op':'update','table':'tasks','id':1,'data':{'level':'odd'}}", "bad_request: level: *" },
	{ ANN, "{'op':'update','table':'tasks','id':1,'data':{'nr':10}}", "{'status':'updated'}" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'three'}}", "{'status':'inserted','id':3}" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'four','nr':20}}", "{'status':'inserted','id':4}" },
	{ ANN, "{'op':'insert','table':'tasks','data':{'title':'five'}}", "{'status':'inserted','id':5}" },
	{ BOB, "{'op':'pluck','table':'tasks','column':'nr'}", "[10,2,11,20,21]" },
	{ BOB, "{'op':'describe','table':'tasks'}", "{'mode':'orm','schema':{*" },
	{ BOB, "{'op':'orm-schema'}", "{'tasks':{*" },
	{ OWNER, "{'op':'create-table','name':'tasks','column_defs':[{'name':'a','type':'TEXT'}]}", "bad_request: table tasks already exists" },
	{ OWNER, "{'op':'create-table','name':'_x','column_defs':[{'name':'a','type':'TEXT'}]}", "bad_request: *" },
	{ OWNER, "{'op':'create-table','schema':{'name':'whole','columns':[{'name':'a','type':'text'}],'system_key':true,'access':{'read':'local'}}}", "{'status':'created','table':'whole','mode':'orm'}" },
	{ OWNER, "{'op':'insert','table':'whole','data':{'a':'x'}}", "{'status':'inserted','id':1}" },
	{ BOB, "{'op':'query','table':'whole'}", "forbidden: *" },
};

static const struct data_line shapes[] = {
	MAKE_POSTS("open"),
	INSERT(ANN, "a", 1, 1), INSERT(ANN, "b", 2, 2),
	{ OWNER, "{'op':'add-column','table':'posts','column':{'name':'more','type':'TEXT','not_null':true}}", "{'status':'added'}" },
	{ OWNER, "{'op':'add-column','table':'posts','column':{'name':'more','type':'TEXT'}}", "bad_request: *" },
	{ ANN, "{'op':'pluck','table':'posts','column':'more'}", "['','']" },
	{ OWNER, "{'op':'drop-column','table':'posts','column':'n'}", "{'status':'dropped'}" },
	{ ANN, "{'op':'pluck','table':'posts','column':'n'}", "bad_request: invalid column name: n" },
	{ OWNER, "{'op':'trash'}", "[{'id':1,'at':*" },
	{ OWNER, "{'op':'undo','id':1}", "{'status':'restored','table':'posts'}" },
	{ ANN, "{'op':'pluck','table':'posts','column':'n'}", "[1,2]" },
	{ OWNER, "{'op':'undo','id':1}", "not_found: *" },
	{ OWNER, "{'op':'rename-table','old_name':'posts','new_name':'news'}", "{'status':'renamed','new_name':'news'}" },
	{ ANN, "{'op':'pluck','table':'news','column':'title'}", "['a','b']" },
	{ ANN, "{'op':'count','table':'posts'}", "not_found: no such table: posts" },
	{ OWNER, "{'op':'drop-column','table':'news','column':{'name':'_owner'}}", "bad_request: *" },
	{ OWNER, "{'op':'delete-table','table':'news'}", "{'status':'deleted','table':'news'}" },
	{ ANN, "{'op':'count','table':'news'}", "not_found: no such table: news" },
	{ OWNER, "{'op':'undo','id':2}", "{'status':'restored','table':'news'}" },
	{ ANN, "{'op':'pluck','table':'news','column':'title'}", "['a','b']" },
	{ ANN, "{'op':'insert','table':'news','data':{'title':'c','more':''}}", "{'status':'inserted','id':3}" },
	{ OWNER, "{'op':'delete-where','table':'news','where':'_id < 3'}", "{'affected':2}" },
	{ OWNER, "{'op':'undo','id':3}", "{'status':'restored','table':'news'}" },
	{ ANN, "{'op':'pluck','table':'news','column':'title'}", "['a','b','c']" },
	{ OWNER, "{'op':'trash'}", "[]" },
	/* typed */
	{ OWNER, "{'op':'create-table','name':'t','column_defs':[{'name':'k','type':'text','key':true},{'name':'v','type':'integer'}]}", "{'status':'created','table':'t','mode':'orm'}" },
	{ OWNER, "{'op':'insert','table':'t','data':{'k':'x','v':7}}", "{'status':'inserted','id':1}" },
	{ OWNER, "{'op':'add-column','table':'t','column':{'name':'w','type':'VARCHAR(9)','not_null':true,'default':''}}", "{'status':'added'}" },
	{ OWNER, "{'op':'insert','table':'t','data':{'k':'y'}}", "bad_request: w is required" },
	{ OWNER, "{'op':'drop-column','table':'t','column':'w'}", "{'status':'dropped'}" },
	{ OWNER, "{'op':'drop-column','table':'t','column':'v'}", "{'status':'dropped'}" },
	{ OWNER, "{'op':'insert','table':'t','data':{'k':'y','v':1}}", "bad_request: invalid column name: v" },
	{ OWNER, "{'op':'drop-column','table':'t','column':'k'}", "bad_request: *" },
	{ OWNER, "{'op':'rename-table','old_name':'t','new_name':'u'}", "{'status':'renamed','new_name':'u'}" },
	{ OWNER, "{'op':'undo','id':5}", "{'status':'restored','table':'u'}" },
	{ OWNER, "{'op':'export-schema','table':'u'}", "{'name':'u','columns':[{'name':'k','type':'text','key':true},{'name':'v','type':'integer'}]}" },
	{ OWNER, "{'op':'query','table':'u','columns':['k','v']}", "[{'k':'x','v':7}]" },
	{ OWNER, "{'op':'export-schema','table':'news'}", "{'name':'news','columns':[{'name':'title','type':'text','required':true},*" },
};

static const struct data_line exports[] = {
	MAKE_POSTS("open"),
	INSERT(ANN, "a,b", 1, 1), INSERT(ANN, "say \\'x\\'", 2, 2), INSERT(ANN, "c", 3, 3),
	{ OWNER, "{'op':'export-rows','table':'posts','format':'json','limit':2}", "{'text':'{\\'_id\\':1,*" },
	{ OWNER, "{'op':'export-rows','table':'posts','format':'csv','limit':2}", "{'text':'_id,_owner,_owner_email,_created_at,_updated_at,title,n\\r\\n1,*" },
	{ OWNER, "{'op':'export-rows','table':'posts','format':'csv','after':3}", "{'text':'','after':null}" },
	{ OWNER, "{'op':'export-rows','table':'posts','format':'xml'}", "bad_request: format must be csv or json" },
};

static const struct data_line repeated[] = {
	MAKE_POSTS("open"),
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a'},'request_id':'r1'}", "{'status':'inserted','id':1}" },
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a'},'request_id':'r1'}", "{'status':'inserted','id':1}" },
	{ BOB, "{'op':'insert','table':'posts','data':{'title':'b'},'request_id':'r1'}", "{'status':'inserted','id':2}" },
	{ OWNER, "{'op':'create-table','name':'x','column_defs':[{'name':'a','type':'TEXT'}],'request_id':'r'}", "{'status':'created',*" },
	{ OWNER, "{'op':'create-table','name':'x','column_defs':[{'name':'a','type':'TEXT'}],'request_id':'r'}", "{'status':'created',*" },
	/* what was refused was not applied */
	{ ANN, "{'op':'insert','table':'posts','data':{'title':null},'request_id':'r2'}", "bad_request: NOT NULL constraint failed: posts.title" },
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'c'},'request_id':'r2'}", "{'status':'inserted','id':3}" },
};
static const struct data_line repeated_later[] = {
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a'},'request_id':'r1'}", "{'status':'inserted','id':1}" },
	{ ANN, "{'op':'count','table':'posts'}", "{'count':3}" },
};

static const struct data_line values[] = {
	{ OWNER, "{'op':'create-table','name':'v','column_defs':[{'name':'a','type':'ANY'},{'name':'t','type':'TEXT'},{'name':'b','type':'BLOB'},{'name':'d','type':'DATETIME'}]}", "{'status':'created',*" },
	{ OWNER, "{'op':'insert','table':'v','data':{'a':9007199254740993,'t':5,'b':'bytes','d':'2026-05-06T07:08:09.5Z'}}", "{'status':'inserted','id':1}" },
	{ OWNER, "{'op':'insert','table':'v','data':{'a':true,'t':'\\u00e4\\n','b':null,'d':'2026-05-06'}}", "{'status':'inserted','id':2}" },
	{ OWNER, "{'op':'insert','table':'v','data':{'a':0.1,'t':false}}", "{'status':'inserted','id':3}" },
	{ OWNER, "{'op':'query','table':'v','columns':['a','t','b','d']}", "[{'a':9007199254740993,'t':'5','b':'bytes','d':'2026-05-06 07:08:09'},{'a':1,'t':'\xc3\xa4\\n','b':null,'d':'2026-05-06'},{'a':0.1,'t':'0','b':null,'d':null}]" },
	{ OWNER, "{'op':'aggregate','table':'v','expr':'typeof(a), typeof(b)','where':'_id = 1'}", "[{'typeof(a)':'integer','typeof(b)':'blob'}]" },
	{ OWNER, "{'op':'insert','table':'v','data':{'a':[1]}}", "bad_request: *" },
	{ OWNER, "{'op':'pluck','table':'v','column':'d','where':'_id = 1'}", "['2026-05-06T07:08:09.5Z']" },
};
/* clang-format on */

#define PLAYS(name) \
	static void play_##name(void **state) \
	{ \
		DATA_PLAY(*state, name); \
	}
PLAYS(reads)
PLAYS(access)
PLAYS(upserts)
PLAYS(typed)
PLAYS(shapes)
PLAYS(exports)
PLAYS(values)

static void
play_repeated(void **state)
{
	struct data_stage *stage = *state;

	DATA_PLAY(stage, repeated);
	data_stage_restart(stage);
	DATA_PLAY(stage, repeated_later);
}

/* --- groups */

static void
make_group(struct data_stage *stage)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO _groups (id, name, group_type) VALUES ('g', 'G',"
	    " 'template'); INSERT INTO _group_members VALUES ('g', '%s',"
	    " 'coauthor')",
	    data_stage_peer(stage, ANN));
	data_stage_close(stage);
	data_stage_sql(stage, sql);
	snprintf(sql, sizeof(sql),
	    "INSERT INTO _group_members VALUES ('g', '%s', 'viewer')",
	    data_stage_peer(stage, BOB));
	data_stage_sql(stage, sql);
	data_stage_open(stage);
}

/* clang-format off */
static const struct data_line group_before[] = {
	{ OWNER, "{'op':'create-table','schema':{'name':'posts','columns':[{'name':'title','type':'text'},{'name':'n','type':'integer'}],'system_key':true,"
	    "'access':{'read':'open','insert':'group','update':'group','delete':'group'},"
	    "'roles':{'coauthor':{'read':true,'insert':true,'update':true}}}}", "{'status':'created',*" },
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'x'}}", "forbidden: insert not allowed: no group system" },
};
static const struct data_line group_after[] = {
	INSERT(ANN, "a", 1, 1),
	{ OWNER, "{'op':'insert','table':'posts','data':{'title':'o'}}", "{'status':'inserted','id':2}" },
	{ BOB, "{'op':'insert','table':'posts','data':{'title':'x'}}", "forbidden: insert not allowed: insufficient role (viewer)" },
	{ CARL, "{'op':'insert','table':'posts','data':{'title':'x'}}", "forbidden: insert not allowed: not a group member" },
	{ ANN, "{'op':'update','table':'posts','id':1,'data':{'n':2}}", "{'status':'updated'}" },
	{ ANN, "{'op':'update','table':'posts','id':2,'data':{'n':2}}", "not_found: *" },
	{ ANN, "{'op':'delete','table':'posts','id':1}", "forbidden: delete not allowed: insufficient role (coauthor)" },
	{ ANN, "{'op':'role','table':'posts'}", "{'role':'coauthor','permissions':{'read':true,'insert':true,'update':true,'delete':false}}" },
	{ BOB, "{'op':'role','table':'posts'}", "{'role':'viewer','permissions':null}" },
	{ OWNER, "{'op':'set-roles','table':'posts','roles':{'viewer':{'insert':true}}}", "{'status':'updated'}" },
	INSERT(BOB, "b", 1, 3),
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'x'}}", "forbidden: insert not allowed: insufficient role (coauthor)" },
};
/* clang-format on */

static void
roles_of_a_group(void **state)
{
	DATA_PLAY(*state, group_before);
	make_group(*state);
	DATA_PLAY(*state, group_after);
}

/* --- what others do to the file meanwhile */

/* clang-format off */
static const struct data_line by_others[] = {
	{ ANN, "{'op':'count','table':'theirs'}", "{'count':0}" },
	{ ANN, "{'op':'insert','table':'theirs','data':{'a':'x'}}", "{'status':'inserted','id':1}" },
	{ ANN, "{'op':'query','table':'theirs'}", "[{'a':'x'}]" },
	/* without _id and _owner, rows are nobody's */
	{ ANN, "{'op':'delete','table':'theirs','id':1}", "bad_request: rows of theirs cannot be named: it has no column _id" },
	{ OWNER, "{'op':'set-access','table':'theirs','access':{'read':'owner'}}", "{'status':'updated'}" },
	{ ANN, "{'op':'query','table':'theirs'}", "[]" },
	{ OWNER, "{'op':'query','table':'theirs'}", "[{'a':'x'}]" },
};
/* clang-format on */

static void
tables_made_by_others_are_seen(void **state)
{
	struct data_stage *stage = *state;

	data_ask_as(stage, ANN, "{'op':'tables'}");
	data_stage_sql(stage,
	    "CREATE TABLE theirs (a); INSERT INTO _tables (name, schema,"
	    " insert_policy) VALUES ('theirs', '', 'open');"
	    "CREATE VIEW seen AS SELECT * FROM _meta;"
	    "INSERT INTO _tables (name, schema) VALUES ('seen', '')");
	DATA_PLAY(stage, by_others);
	assert_string_equal(data_ask_as(stage, ANN,
				"{'op':'count',"
				"'table':'seen'}"),
	    "not_found: no such table: seen");
}

/* --- a day later */

/* clang-format off */
static const struct data_line yesterday[] = {
	MAKE_POSTS("open"),
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a'},'request_id':'r1'}", "{'status':'inserted','id':1}" },
	{ OWNER, "{'op':'delete','table':'posts','id':1}", "{'status':'deleted'}" },
	{ OWNER, "{'op':'drop-column','table':'posts','column':'n'}", "{'status':'dropped'}" },
	{ OWNER, "{'op':'delete-table','table':'posts'}", "{'status':'deleted','table':'posts'}" },
	MAKE_POSTS("open"),
};
static const struct data_line today[] = {
	{ OWNER, "{'op':'trash'}", "[]" },
	{ OWNER, "{'op':'undo','id':1}", "not_found: *" },
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a'},'request_id':'r1'}", "{'status':'inserted','id':1}" },
	{ ANN, "{'op':'count','table':'posts'}", "{'count':1}" },
};
/* clang-format on */

static void
what_is_old_goes(void **state)
{
	struct data_stage *stage = *state;

	DATA_PLAY(stage, yesterday);
	data_stage_close(stage);
	data_stage_sql(stage, "UPDATE _trash SET at_ms = at_ms - 90000000;"
			      "UPDATE _requests SET at_ms = at_ms - 90000000");
	data_stage_open(stage);
	DATA_PLAY(stage, today);
	while (strcmp(data_stage_value(stage,
			  "SELECT (SELECT count(*) FROM _trash) + (SELECT"
			  " count(*) FROM _trash_rows) + (SELECT count(*) FROM"
			  " sqlite_schema WHERE name LIKE '\\_trash\\__' ESCAPE"
			  " '\\')"),
		   "0") != 0)
		data_ask_as(stage, OWNER, "{'op':'tables'}");
}

/* --- the largest requests that pass, on the small stacks of the threads */

static void
repeat(char *to, const char *before, const char *part, int times,
    const char *behind)
{
	to += sprintf(to, "%s", before);
	while (times-- > 0)
		to += sprintf(to, "%s", part);
	sprintf(to, "%s", behind);
}

static void
deep_requests_pass(void **state)
{
	static const struct {
		const char *before, *part;
		int times;
		const char *behind;
	} cases[] = {
		{ "1", "+1", 190, "" },
		{ "1", "+1", 500, "" },
		{ "", "NOT ", 150, "1" },
		{ "1", " AND 1", 300, "" },
		{ "1", " OR n = 1", 190, "" },
		{ "((((((((((((((((((((((((((((((1", " OR 1", 150,
		    "))))))))))))))))))))))))))))))" },
		{ "n IN (1", ",1", 500, ")" },
		{ "n BETWEEN 1 AND 1", " BETWEEN 1 AND 1", 90, "" },
		{ "abs(abs(abs(abs(abs(abs(abs(abs(abs(abs(1", "||1", 150,
		    "))))))))))" },
		{ "CASE 1 ", "WHEN 1 THEN 1 ", 150, "END" },
	};
	struct data_stage *stage = *state;
	static char where[8192];
	const char *answer;
	size_t i;

	DATA_PLAY(stage, rows);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		repeat(where, cases[i].before, cases[i].part, cases[i].times,
		    cases[i].behind);
		answer = data_ask_as(stage, ANN,
		    "{'op':'query','table':'posts','where':'%s'}", where);
		if (answer[0] != '[' &&
		    strncmp(answer, "bad_request: ", 13) != 0)
			fail_msg("%s: %s", cases[i].part, answer);
	}
	repeat(where, "{'op':'query','table':'posts','params':", "[", 100, "");
	answer = data_ask_as(stage, ANN, "%s", where);
	assert_memory_equal(answer, "bad_request: ", 13);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_stage_begin, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_come_and_go),
		TEST(play_reads),
		TEST(play_access),
		TEST(play_upserts),
		TEST(play_typed),
		TEST(play_shapes),
		TEST(play_exports),
		TEST(play_values),
		TEST(play_repeated),
		TEST(roles_of_a_group),
		TEST(tables_made_by_others_are_seen),
		TEST(what_is_old_goes),
		TEST(deep_requests_pass),
	};

	log_open("store_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
